"""The providers of an OpenCode 2 server and its logins, which it calls integrations."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...errors import InputError, NotFoundError, ServerError, UnreachableError
from ...model import catalogue as facts
from ...model.agents import ModelInfo
from ...model.tools import dig
from ...text.visible import as_text
from ..contract import settings as contract
from ..given import filled, quoted
from ..resource import operation, uses
from .settings import model_of
from .told import objects

Told = Mapping[str, Any]
INTEGRATIONS = "/api/integration"
_TICK_S = 0.5
_KINDS = {"key": "api", "oauth": "oauth", "env": "env", "command": "command"}


class Providers2(contract.ProviderRoutes):
    """All providers the server knows, and the ways to log in.

    A login in the browser is ended on the client that began it.
    """

    _begun: dict[tuple[str, int], str] | None = None

    @uses("GET /api/integration", "GET /api/provider", "GET /api/model")
    def list(self) -> facts.KnownProviders:
        models: dict[str, dict[str, ModelInfo]] = {}
        for one in self._listed("/api/model"):
            model = model_of(one)
            models.setdefault(as_text(one.get("providerID")), {})[model.id] = model
        names = {
            as_text(p.get("id")): as_text(p.get("name")) for p in self._listed("/api/provider")
        }
        known = {as_text(one.get("id")): one for one in _integrations(self._call)}
        usable = {id for id, one in known.items() if one.get("connections")} | set(models)
        ids = dict.fromkeys([*known, *names])
        return facts.KnownProviders(
            [
                facts.KnownProvider(
                    id,
                    names.get(id) or as_text(dig(known.get(id), "name")),
                    list(_variables(known.get(id) or {})),
                    models.get(id, {}),
                )
                for id in ids
            ],
            {id: next(iter(found)) for id, found in models.items()},
            [id for id in ids if id in usable],
        )

    def _listed(self, path: str) -> Sequence[Told]:
        found = self._call("GET", path, dict[str, Any]).get("data") or ()
        return [one for one in found if isinstance(one, Mapping)]

    @operation("GET /api/integration")
    def auth_methods(self) -> Mapping[str, Sequence[facts.AuthMethod]]:
        return {
            as_text(one.get("id")): [_method(told) for told in objects(one.get("methods"))]
            for one in _integrations(self._call)
        }

    @operation(
        "GET /api/integration/{integrationID}",
        "POST /api/integration/{integrationID}/connect/oauth",
    )
    def authorize(
        self, provider: str, method: int = 0, *, inputs: Mapping[str, str] | None = None
    ) -> facts.Authorization:
        methods = objects(_integration(self._call, provider).get("methods"))
        if not 0 <= method < len(methods) or methods[method].get("type") != "oauth":
            raise InputError(f"{provider} has no login {method} in the browser")
        body = {"methodID": as_text(methods[method].get("id")), "answer": _answer(inputs)}
        try:
            begun = self._call(
                "POST", f"{_at(provider)}/connect/oauth", dict[str, Any], json=filled(body)
            ).get("data")
        except ServerError as error:
            if error.name != "InvalidRequestError":
                raise
            raise InputError(f"{provider} does not take these inputs: {error.said}") from error
        if self._begun is None:
            self._begun = {}
        self._begun[provider, method] = as_text(dig(begun, "attemptID"))
        return facts.Authorization(
            as_text(dig(begun, "url")),
            as_text(dig(begun, "mode")),
            as_text(dig(begun, "instructions")),
        )

    @operation(
        "POST /api/integration/{integrationID}/connect/oauth/{attemptID}/complete",
        "GET /api/integration/{integrationID}/connect/oauth/{attemptID}",
    )
    def callback(
        self, provider: str, method: int = 0, *, code: str = "", timeout_s: float | None = None
    ) -> None:
        self.connection.conceal(code)
        attempt = (self._begun or {}).get((provider, method), "")
        if not attempt:
            raise InputError(f"no login to {provider} was begun here; begin one")
        path = f"{_at(provider)}/connect/oauth/{quoted(attempt)}"
        if code:
            try:
                self._call("POST", f"{path}/complete", type(None), json={"code": code})
            except ServerError as error:
                raise InputError(f"{provider} refused the login: {error.said}") from error
        self._await(provider, path, timeout_s)

    def _await(self, provider: str, path: str, timeout_s: float | None) -> None:
        end = time.monotonic() + (float("inf") if timeout_s is None else timeout_s)
        while True:
            try:
                found = self._call("GET", path, dict[str, Any]).get("data")
            except NotFoundError as error:
                raise InputError(f"the login to {provider} is over; begin again") from error
            status = dig(found, "status")
            if status == "complete":
                return
            if status != "pending":
                said = as_text(dig(found, "message")) or as_text(status)
                raise InputError(f"{provider} refused the login ({said}); begin again")
            if time.monotonic() >= end:
                words = f"nobody logged in to {provider} in {timeout_s:g} s"
                raise UnreachableError(words, timed_out=True)
            self.connection.sleep(_TICK_S)


class Keys2(contract.Keys):
    """The API keys the server keeps for its user, which it uses at once."""

    @operation("POST /api/integration/{integrationID}/connect/key")
    def set(self, provider: str, key: str, *, metadata: Mapping[str, str] | None = None) -> None:
        self.connection.conceal(key)
        body = filled({"key": key, "answer": _answer(metadata)})
        try:
            self._call("POST", f"{_at(provider)}/connect/key", type(None), json=body)
        except NotFoundError as error:
            words = f"the server knows no login for {provider!r}; `/auth` lists what it knows"
            raise InputError(words) from error
        except ServerError as error:
            if error.name != "InvalidRequestError":
                raise
            raise InputError(f"{provider} does not take this key: {error.said}") from error

    @operation("DELETE /api/credential/{credentialID}")
    def remove(self, provider: str) -> None:
        """Forget the keys and logins of `provider`; InputError for one of the environment."""
        found = objects(_integration(self._call, provider).get("connections"))
        kept = [as_text(one.get("id")) for one in found if one.get("type") == "credential"]
        if found and not kept:
            names = ", ".join(as_text(one.get("name")) for one in found)
            raise InputError(
                f"{provider} is logged in by the server's environment ({names}), which cannot be "
                "changed from here"
            )
        for id in kept:
            self._call("DELETE", f"/api/credential/{quoted(id)}", type(None))


def _integrations(call: Callable[..., Any]) -> list[Told]:
    """Return what can be logged in to, with the ways and the logins, as `call` is told it."""
    return objects(call("GET", INTEGRATIONS, dict[str, Any]).get("data"))


def _integration(call: Callable[..., Any], provider: str) -> Told:
    """Return the one of `provider`; raise InputError where there is none."""
    try:
        found = call("GET", _at(provider), dict[str, Any]).get("data")
    except NotFoundError as error:
        words = f"the server knows no login for {provider!r}; `/auth` lists what it knows"
        raise InputError(words) from error
    return found if isinstance(found, Mapping) else {}


def _at(provider: str) -> str:
    return f"{INTEGRATIONS}/{quoted(provider)}"


def _variables(told: Told) -> Iterator[str]:
    for method in objects(told.get("methods")):
        if method.get("type") == "env":
            yield from map(as_text, method.get("names") or ())


def _method(told: Told) -> facts.AuthMethod:
    kind = as_text(told.get("type"))
    said = as_text(told.get("label"))
    if kind == "env":
        said = f"set {' or '.join(map(as_text, told.get('names') or ()))} for the server"
    elif kind == "command":
        said = f"{said}: run {' '.join(map(as_text, told.get('command') or ()))!r} in a terminal"
    fields = [field for field in objects(told.get("form")) if field.get("hidden") is not True]
    return facts.AuthMethod(_KINDS.get(kind, kind), said, [_prompt(field) for field in fields])


def _prompt(field: Told) -> facts.AuthPrompt:
    options = [
        facts.AuthOption(
            as_text(one.get("value")), as_text(one.get("label")), as_text(one.get("description"))
        )
        for one in objects(field.get("options"))
    ]
    when = next(iter(objects(field.get("when"))), None)
    return facts.AuthPrompt(
        as_text(field.get("key")),
        "select" if options else "text",
        as_text(field.get("title")) or as_text(field.get("key")),
        as_text(field.get("placeholder")),
        options,
        None if when is None else _condition(when),
    )


def _condition(told: Told) -> facts.AuthCondition:
    key, value = as_text(told.get("key")), as_text(told.get("value"))
    return facts.AuthCondition(key, as_text(told.get("op")) or "eq", value)


def _answer(given: Mapping[str, str] | None) -> dict[str, str] | None:
    """Return what was said to the prompts, without those that were left out."""
    said = {key: value for key, value in (given or {}).items() if value}
    return said or None
