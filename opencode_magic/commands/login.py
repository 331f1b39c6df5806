"""Logging providers in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..app.app import App
from ..client import Client
from ..errors import InputError, OpencodeError, UnreachableError
from ..model.catalogue import AuthMethod, Authorization, AuthPrompt
from ..render.blocks import Markdown, Plain
from ..render.listing import Listing
from ..text.visible import one_line
from . import command
from .confirming import ask_first
from .helpers import numbered
from .kinds import ProviderName
from .reload import use_now

COLUMNS = ("number", "kind", "how", "asks for")
IN_A_TERMINAL = "`opencode auth login` in a terminal does it"


@command(
    calls=("provider.auth_methods", "provider.authorize", "provider.callback", "auth.set",
           "auth.remove")
)  # fmt: skip
def auth(
    app: App,
    provider: ProviderName = "",
    *,
    key: bool = False,
    remove: bool = False,
    login: int | None = None,
    input: tuple[str, ...] = (),
    code: str = "",
    yes: bool = False,
) -> Listing:
    """Show how providers are logged in, and log one in or out.

    --key asks for the provider's API key, which is not shown and stands in no output or history.
    --login NUMBER begins one of its logins in the browser, and waits for it, or for the code that
    ends it (--code). What key or login ask for besides is asked, or --input NAME=VALUE (repeated).
    --remove forgets a key or login; --yes does not ask. The server keeps it for its user.
    """
    client = app.connect()
    methods = client.provider.auth_methods()
    if not provider:
        return _all_ways(methods)
    offered = methods.get(provider, ())
    if remove:
        what = Listing(f"the key or login of {provider} will be forgotten")
        ask_first(app, what, "Forget it?", command=f"/auth {provider} --remove", yes=yes)
        client.auth.remove(provider)
        return Listing(f"the login of {provider} is forgotten", (), note=use_now(app))
    if key:
        prompts = next((m.prompts for m in offered if m.type == "api"), ())
        answers = _answers(app, f"the key of {provider}", prompts, input)
        secret = _secret(app, f"API key of {provider}", f"the key; {IN_A_TERMINAL}")
        client.auth.set(provider, secret, metadata=answers)
        return Listing(f"the key of {provider} is kept", (), note=use_now(app))
    if login is not None:
        return _log_in(app, client, provider, offered, login, input, code)
    return _ways(provider, offered)


def _all_ways(methods: Mapping[str, Sequence[AuthMethod]]) -> Listing:
    rows = tuple(
        (id, n, m.type, one_line(m.label), _asks(m))
        for id, offered in methods.items()
        for n, m in numbered(offered)
    )
    note = "`/auth PROVIDER --key` sets a key, `--login NUMBER` begins a login"
    return Listing("ways to log in", rows, ("provider", *COLUMNS), note)


def _ways(provider: str, offered: Sequence[AuthMethod]) -> Listing:
    rows = tuple((n, m.type, one_line(m.label), _asks(m)) for n, m in numbered(offered))
    note = f"`/auth {provider} --key` asks for an API key"
    if not offered:
        note = f"no login in the browser is known for {provider}; {note}"
    return Listing(f"ways to log in to {provider}", rows, COLUMNS, note)


def _log_in(
    app: App,
    client: Client,
    provider: str,
    offered: Sequence[AuthMethod],
    login: int,
    given: Sequence[str],
    code: str,
) -> Listing:
    if not 0 <= login < len(offered) or offered[login].type != "oauth":
        numbers = ", ".join(n for n, m in numbered(offered) if m.type == "oauth")
        raise InputError(f"{provider} has no login {login}; it has {numbers or 'none'}")
    if code:
        client.provider.callback(provider, login, code=code)
    else:
        what = f"login {login} of {provider}"
        answers = _answers(app, what, offered[login].prompts, given)
        begun = client.provider.authorize(provider, login, inputs=answers)
        if begun.method == "code" and not app.person.is_there():
            return _steps(provider, begun, f"`/auth {provider} --login {login} --code CODE`")
        _finish(app, client, provider, login, begun)
    return Listing(f"{provider} is logged in", (), note=use_now(app))


def _finish(app: App, client: Client, provider: str, login: int, begun: Authorization) -> None:
    """Show where to log in, and wait until that is done.

    Parameters
    ----------
    login:
        the number of the login among those of the provider.
    begun:
        what the server said when it began.
    """
    again = f"`/auth {provider} --login {login}` begins again"
    waits = begun.method != "code"
    if waits and not app.person.is_there():
        raise InputError(f"nobody is there to log in to {provider}; {IN_A_TERMINAL}")
    note = "It is waited for until you have; Kernel > Interrupt ends that." if waits else ""
    app.person.show(_steps(provider, begun, note))
    try:
        if waits:
            limit_s = app.settings.answer_timeout_s
            client.provider.callback(provider, login, timeout_s=limit_s)
        else:
            code = _secret(app, f"code of the login to {provider}", "the code")
            client.provider.callback(provider, login, code=code)
    except KeyboardInterrupt:
        kept = "; if it is ended in the browser, the server keeps it all the same" if waits else ""
        raise OpencodeError(f"the login to {provider} is not waited for{kept}; {again}") from None
    except UnreachableError as error:
        if not error.timed_out:
            raise
        raise OpencodeError(f"nobody logged in to {provider} in time; {again}") from None


def _steps(provider: str, begun: Authorization, note: str) -> Listing:
    said = (Plain(one_line(begun.instructions)),) if begun.instructions else ()
    after = (Markdown(f"Open <{begun.url}>"), *said)
    return Listing(f"log in to {provider}", note=note, after=after)


def _secret(app: App, what: str, missing: str) -> str:
    if not app.person.is_there():
        raise InputError(f"nobody is there to ask for {missing}")
    said = app.person.secret(f"{what} (not shown): ").strip()
    if not said:
        raise InputError("nothing was typed, so nothing was done")
    return said


def _asks(method: AuthMethod) -> str:
    """Return the names of what a method asks for."""
    return one_line(", ".join(prompt.key for prompt in method.prompts))


def _answers(
    app: App, what: str, prompts: Sequence[AuthPrompt], given: Sequence[str]
) -> dict[str, str]:
    """Return what is asked before a key or a login: given by `--input`, else by the user."""
    said = _given(what, prompts, given)
    answers: dict[str, str] = {}
    missing: list[AuthPrompt] = []
    for prompt in prompts:
        if not prompt.applies(answers):
            continue
        if prompt.key in said:
            answers[prompt.key] = _fitting(prompt, said[prompt.key])
        elif app.person.is_there():
            answers[prompt.key] = _fitting(prompt, app.person.words(_question(prompt)).strip())
        else:
            missing.append(prompt)
    if missing:
        names = "; ".join(f"--input {one_line(p.key)}=VALUE ({_about(p)})" for p in missing)
        raise InputError(f"{what} needs what nobody is there to be asked for: {names}")
    return answers


def _given(what: str, prompts: Sequence[AuthPrompt], given: Sequence[str]) -> Mapping[str, str]:
    said: dict[str, str] = {}
    known = [prompt.key for prompt in prompts]
    for word in given:
        name, equals, value = word.partition("=")
        if not equals:
            raise InputError(f"--input {word}: write --input NAME=VALUE")
        if name not in known:
            raise InputError(f"{what} asks for no {name!r}, but {', '.join(known) or 'nothing'}")
        said[name] = value
    return said


def _fitting(prompt: AuthPrompt, answer: str) -> str:
    """Return the answer as the server takes it: the value of an option, not its number or label."""
    if prompt.type != "select":
        return answer
    for number, option in enumerate(prompt.options, 1):
        if answer.casefold() in (option.value.casefold(), option.label.casefold(), f"{number}"):
            return option.value
    values = ", ".join(one_line(option.value) for option in prompt.options)
    raise InputError(f"{one_line(prompt.key)} is one of {values}, not {answer!r}")


def _about(prompt: AuthPrompt) -> str:
    values = ", ".join(option.value for option in prompt.options)
    hint = values or (f"e.g. {prompt.placeholder}" if prompt.placeholder else "")
    return one_line(f"{prompt.message}{f': {hint}' if hint else ''}", chars=200)


def _question(prompt: AuthPrompt) -> str:
    lines = [
        f"  {number} {one_line(option.label or option.value)}"
        + (f" ({one_line(option.hint)})" if option.hint else "")
        for number, option in enumerate(prompt.options, 1)
    ]
    hint = f" ({one_line(prompt.placeholder)})" if prompt.placeholder else ""
    return "\n".join([*lines, f"{one_line(prompt.message)}{hint}: "])
