"""The groups of operations of a server, named as its API names them, in either dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..protocol.contract import asks, equipment, sessions, settings, terminal
    from ..protocol.contract import project as projects
    from ..protocol.detect import AnyDialect


class Groups:
    """What a client has of its dialect."""

    @property
    def dialect(self) -> AnyDialect:
        """What the server speaks."""
        raise NotImplementedError

    @property
    def session(self) -> sessions.Sessions:
        """Sessions, their messages and turns."""
        return self.dialect.session

    @property
    def permission(self) -> asks.Permissions:
        """The permissions that tools wait for."""
        return self.dialect.permission

    @property
    def question(self) -> asks.Questions:
        """The questions that agents ask."""
        return self.dialect.question

    @property
    def find(self) -> projects.Find:
        """Searches in the project."""
        return self.dialect.find

    @property
    def file(self) -> projects.Files:
        """The project's files."""
        return self.dialect.file

    @property
    def project(self) -> projects.Projects:
        """The projects the server has seen."""
        return self.dialect.project

    @property
    def vcs(self) -> projects.VersionControl:
        """The project's state in version control."""
        return self.dialect.vcs

    @property
    def config(self) -> settings.Configuration:
        """The configuration of the server."""
        return self.dialect.config

    @property
    def provider(self) -> settings.ProviderRoutes:
        """The providers of models, and the ways to log in."""
        return self.dialect.provider

    @property
    def auth(self) -> settings.Keys:
        """The keys that the server keeps."""
        return self.dialect.auth

    @property
    def tool(self) -> equipment.Tools:
        """The tools of the agents."""
        return self.dialect.tool

    @property
    def mcp(self) -> equipment.Mcp:
        """The MCP servers of the project."""
        return self.dialect.mcp

    @property
    def lsp(self) -> equipment.Lsp:
        """The language servers that run."""
        return self.dialect.lsp

    @property
    def formatter(self) -> equipment.Formatters:
        """The formatters that run after edits."""
        return self.dialect.formatter

    @property
    def tui(self) -> terminal.Tui:
        """The terminal client of the server."""
        return self.dialect.tui
