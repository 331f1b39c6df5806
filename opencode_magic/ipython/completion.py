"""Completion of `%opencode` and `%%opencode`: options, commands, and the names they take.

`place` reads what stands before the cursor and knows no names. `Names` has the names; they are
fetched in a thread, and what is known is offered at once, so that nobody waits for a network.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion

from ..app.options import OPTIONS
from ..errors import OpencodeError
from ..text.grammar import END
from ..text.visible import one_line, visible

if TYPE_CHECKING:
    from ..app.app import App
    from ..client import Client
    from ..context.notebook import Notebook

WAIT_S = 0.08  # a reader notices no more
FRESH_S = 10.0
MOST = 100
MOST_CELLS = 10
SPECIAL = {"error": "the last error", "fig": "the last figure", "cells": "the cells run so far"}
MOST_BESIDE = 50  # characters

_LINE = re.compile(r"^\s*(?:[\w.,\s]+=\s*)?%(%?)opencode(?P<rest>\s.*)$", re.DOTALL)
_MENTION = re.compile(r"(?:^|\s)(?P<word>@[^\s@{`]*)$")
_OPTION_KINDS = {"model": "model", "agent": "agent", "session": "session", "schema": "schema"}
_LIST = "list["
FETCHED = ("session", "model", "agent", "helper", "command", "provider", "mcp", "path")
"""The kinds of names that the server is asked for."""


@dataclass(frozen=True)
class Suggestion:
    """A word that would fit, and what it is."""

    text: str
    about: str = ""


@dataclass(frozen=True)
class TypedWord:
    """What is being typed: the word so far, and either the words or the kind of names it may be."""

    word: str
    kind: str = ""
    choices: tuple[Suggestion, ...] = ()


def prompt_before(text: str) -> str | None:
    """Return what stands before the cursor behind our magic; None in a cell that is not ours."""
    first, newline, body = text.partition("\n")
    if first.lstrip().startswith("%%opencode"):
        match = _LINE.match(first)
        if newline:  # a command is the first thing in the body
            if body.lstrip().startswith("/"):
                return body.lstrip()
            return body if _mentioned(body) is not None else None
        return match["rest"].lstrip() if match else None
    match = _LINE.match(text.rpartition("\n")[2])
    return match["rest"].lstrip() if match and not match[1] else None


def _mentioned(prompt: str) -> str | None:
    """Return the mention that is being typed at the end of a prompt, None for none."""
    match = _MENTION.search(prompt)
    return match["word"] if match else None


def place(prompt: str) -> TypedWord | None:
    """Return what the last word of `prompt` may become; None for prose."""
    mentioned = _mentioned(prompt)
    if mentioned is not None and not prompt.lstrip().startswith(("/", "!")):
        return TypedWord(mentioned, "@mention")
    by_flag = {flag: option for option in OPTIONS for flag in option.flags}
    words = prompt.split(" ")
    word = words[-1]
    flag = ""
    for n, each in enumerate(words[:-1]):
        if flag:
            flag = ""
        elif each in by_flag:
            flag = each if by_flag[each].takes and not by_flag[each].optional else ""
        elif each == END:
            return None
        elif each:
            return _argument(words[n:], word) if each.startswith("/") else None
    if flag:
        option = by_flag[flag]
        choices = tuple(Suggestion(choice) for choice in option.choices)
        return TypedWord(word, _OPTION_KINDS.get(option.name, ""), choices)
    if word.startswith("-"):
        return TypedWord(word, "", tuple(Suggestion(o.flags[-1], o.help) for o in OPTIONS))
    if word.startswith("/"):
        return TypedWord(word, "/command")
    return None


def _argument(words: Sequence[str], word: str) -> TypedWord | None:
    """Return what fits behind one of our commands, as its signature says."""
    from ..commands import choices_of, commands, is_switch, kind_of  # late: they import the client

    command = commands().get(words[0].lstrip("/"))
    if command is None:
        return None
    given = [w for w in words[1:-1] if w]
    named = {} if END in given else command.options
    if word.startswith("-") and named:
        return TypedWord(word, "", tuple(map(Suggestion, named)))
    if given and given[-1] in named and not is_switch(named[given[-1]]):
        parameter = named[given[-1]]
    elif command.places:
        before = [w for w in given if not w.startswith("--")]
        parameter = command.places[min(len(before), len(command.places) - 1)]
    else:
        return None
    kind = kind_of(parameter)
    if kind == "path" and len(command.places) == 1:  # it may have spaces
        options = [n for n, w in enumerate(words) if w.startswith("--")]
        word = " ".join(words[max(options, default=0) + 1 :]).lstrip()
    return TypedWord(word, kind, tuple(map(Suggestion, choices_of(parameter))))


class Names:
    """The names of this project by kind, fetched in a thread and kept for some seconds.

    Parameters
    ----------
    app:
        gives the notebook's agent, None before its first use.
    notebook:
        gives what can be mentioned of the notebook.
    """

    def __init__(
        self,
        app: Callable[[], App | None],
        notebook: Callable[[], Notebook] | None = None,
    ) -> None:
        self._app = app
        self._notebook = notebook
        self._known: dict[tuple[str, str], tuple[float, list[Suggestion]]] = {}
        self._busy: dict[tuple[str, str], threading.Thread] = {}

    def of(self, kind: str, word: str) -> list[Suggestion]:
        """Return what is known, after a moment's wait at the most."""
        app = self._app()
        link = app.link if app else None
        # Paths are searched by the word; of the rest there is one list.
        key = (kind, word if kind == "path" else "")
        when, found = self._known.get(key, (0.0, []))
        fresh = bool(when) and time.monotonic() - when < FRESH_S
        if link is None or kind not in FETCHED or fresh:
            return found
        thread = self._busy.get(key)
        if thread is None or not thread.is_alive():
            thread = self._busy[key] = threading.Thread(
                target=self._fetch, args=(key, link.client), daemon=True
            )
            thread.start()
        thread.join(WAIT_S)
        return self._known.get(key, (0.0, []))[1]

    def mentioned(self, word: str) -> list[Suggestion]:
        """Return what a word behind `@` may become: variables, files, agents and special words."""
        notebook = self._notebook() if self._notebook else None
        found: list[Suggestion] = []
        if notebook is not None:
            names = [n for n in notebook.variables() if n.startswith(word)][:MOST]
            found = [Suggestion(f"@{n}", type(notebook.names[n]).__name__) for n in names]
        # The server's search is a loose one, and knows all files while it still looks.
        low = word.lower()
        paths = [c.text for c in self.of("path", word) if low in c.text.lower()] if word else []
        paths.sort(key=lambda path: not path.lower().startswith(low))
        found += [Suggestion(f"@{path}", "file") for path in paths]
        found += [Suggestion(f"@{c.text}", "agent") for c in self.of("helper", "")]
        found += [Suggestion(f"@{text}", about) for text, about in SPECIAL.items()]
        if notebook is not None:
            lately = list(enumerate(notebook.sources))[-MOST_CELLS:]
            found += [Suggestion(f"@In[{n}]", one_line(s)) for n, s in reversed(lately) if n and s]
            values = list(notebook.values.items())[-MOST_CELLS:]
            found += [Suggestion(f"@Out[{n}]", type(v).__name__) for n, v in reversed(values)]
        return found

    def forms(self, word: str) -> list[Suggestion]:
        """Return what may stand behind `--schema`: the user's types, schemas, and lists of them."""
        from ..context.forms import forms  # late: as all of the context

        notebook = self._notebook() if self._notebook else None
        found = [Suggestion(*form) for form in forms(notebook)] if notebook else []
        if word.startswith(_LIST):
            return [Suggestion(f"{_LIST}{c.text}]", c.about) for c in found]
        return [*found, Suggestion(_LIST, "a list of one")]

    def _fetch(self, key: tuple[str, str], client: Client) -> None:
        kind, word = key
        with suppress(OpencodeError):  # nothing is offered then
            self._known[key] = (time.monotonic(), _fetched(client, kind, word))
        while len(self._known) > MOST:
            self._known.pop(next(iter(self._known)))


def _fetched(client: Client, kind: str, word: str) -> list[Suggestion]:
    """Ask the server for the names of a kind, one of `FETCHED`."""
    match kind:
        case "session":
            listed = client.session.list(roots=True, limit=MOST)
            return [Suggestion(s.id, s.title) for s in listed]
        case "model":
            usable = client.config.providers().providers
            models = ((f"{p.id}/{m}", info.name) for p in usable for m, info in p.models.items())
            return list(starmap(Suggestion, models))
        case "agent":
            agents = client.agents()
            return [Suggestion(a.name, a.description or "") for a in agents if not a.hidden]
        case "helper":
            return [Suggestion(a.name) for a in client.agents() if a.is_helper]
        case "command":
            return [Suggestion(c.name, c.description or "") for c in client.commands()]
        case "provider":
            return [Suggestion(id) for id in client.provider.auth_methods()]
        case "mcp":
            return [Suggestion(name, state.status) for name, state in client.mcp.status().items()]
        case _:
            found = client.find.files(word, limit=50, directories=True)
            # The server misspells the others, so that no such file could be named; and while it
            # still looks it knows all files, and nothing of the word.
            named = [path for path in found if "\ufffd" not in path]
            named.sort(key=lambda path: word.lower() not in path.lower())
            return [Suggestion(path) for path in named]


def candidates(prompt: str, names: Names) -> tuple[str, list[Suggestion]]:
    """Return the word that is typed, and what it may become, best first."""
    found = place(prompt)
    if found is None:
        return "", []
    if found.kind == "/command":
        from ..commands import commands  # late: they import the client

        ours = [Suggestion(f"/{c.name}", c.summary) for c in commands().values()]
        theirs = [Suggestion(f"/{c.text}", c.about) for c in names.of("command", "")]
        return found.word, _fitting(found.word, [*ours, *theirs])
    if found.kind == "@mention":
        low = found.word.lower()
        offered = names.mentioned(found.word[1:])
        files = [c for c in offered if c.about == "file"]  # the server has searched already
        fitting = [c for c in offered if c in files or c.text.lower().startswith(low)]
        return found.word, list({c.text: c for c in reversed(fitting)}.values())[::-1]
    if found.kind == "schema":
        return found.word, [c for c in names.forms(found.word) if c.text.startswith(found.word)]
    offered = [*found.choices, *(names.of(found.kind, found.word) if found.kind else [])]
    if found.kind == "path":  # the server has searched already, not by the beginning alone
        return found.word, offered
    return found.word, _fitting(found.word, offered)


def _fitting(word: str, offered: Iterable[Suggestion]) -> list[Suggestion]:
    """Return those that begin with the word, else those that have it anywhere, as in a title."""
    low = word.lower()
    begins = [c for c in offered if c.text.lower().startswith(low)]
    if begins or not word or word.startswith(("-", "/")):
        return begins
    return [c for c in offered if low in c.about.lower() or low in c.text.lower()]


def _beside(about: str) -> str:
    """Return what is shown beside a word, without the spaces at which JupyterLab breaks lines."""
    shown = visible(one_line(about, chars=MOST_BESIDE))
    return shown.replace(" ", "\N{NO-BREAK SPACE}")


def matched(context: Any, names: Names) -> dict[str, Any]:
    """Return a matcher's result for a `CompletionContext` of IPython's completer."""
    lines = context.full_text.split("\n")[: context.cursor_line + 1]
    lines[-1] = lines[-1][: context.cursor_position]
    prompt = prompt_before("\n".join(lines))
    word, found = ("", []) if prompt is None else candidates(prompt, names)
    safe = [c for c in found if c.text.isprintable()][:MOST]  # a file's name may hold anything
    return {
        "completions": [SimpleCompletion(text=c.text, type=_beside(c.about)) for c in safe],
        "matched_fragment": word,
        "ordered": True,
        # In a line of ours no Python names are expected.
        "suppress": prompt is not None,
    }
