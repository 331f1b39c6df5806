"""What looks like a credential, by its shape or its name, is taken out of what is attached."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

MARK = "[secret left out]"
_ENDS = r"(?![A-Za-z0-9])"

# fmt: off
SHAPES: tuple[tuple[str, str], ...] = (
    ("private key", (
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?"
        r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)")),
    ("private key", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}|PuTTY-User-Key-File-[\s\S]*\Z"),
    ("AWS key", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}" + _ENDS),
    ("GitHub token", r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}"),
    ("GitLab token", r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-[\w.-]{16,}"),
    ("Slack token", r"xox[a-z](?:\.xox[a-z])?-[\w-]{8,}|xapp-[\w-]{8,}"),
    ("webhook", (
        r"https://hooks\.slack\.com/(?:services|workflows)/[\w/-]+"
        r"|https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/[\w/-]+"
        r"|https://[\w.-]+\.webhook\.office\.com/[\w/@-]+")),
    ("Stripe key", r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}"),
    ("API key", r"sk-[A-Za-z0-9][\w-]{15,}"),
    ("API key", (
        r"(?:gsk_|xai-|r8_|pplx-|nvapi-|hf_|api_org_|lin_api_|ntn_|secret_|sbp_|tvly-|fw_|csk-"
        r"|rpa_|pscale_(?:tkn|pw|oauth)_|glsa_|glc_|figd_|dckr_pat_|PMAK-|ATATT3|ATCTT3|NRAK-"
        r"|key-|dop_v1_|doo_v1_|dor_v1_|shpat_|shpca_|shppa_|shpss_|dapi|re_|sntry[su]_|sgp_)"
        r"(?=[\w-]{0,200}\d)[A-Za-z0-9][\w+/=.-]{15,}")),
    ("Google key", r"AIza[\w-]{30,}|ya29\.[\w.-]{16,}|GOCSPX-[\w-]{16,}|1//0[\w-]{20,}"),
    ("JWT", r"eyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)*"),
    ("npm token", r"npm_[A-Za-z0-9]{20,}"),
    ("PyPI token", r"pypi-[\w-]{20,}"),
    ("SendGrid key", r"SG\.[\w-]{10,}\.[\w-]{10,}"),
    ("Twilio key", r"SK[0-9a-f]{32}" + _ENDS),
    ("Vault token", r"hv[sbr]\.[\w-]{16,}|dp\.(?:pt|st|sa|ct)\.[\w.-]{16,}"),
    ("Telegram token", r"\d{8,10}:[A-Za-z][\w-]{33,}"),
    ("Discord token", r"[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}"),
)
# fmt: on
"""Kind and form of what is a credential wherever it occurs."""

_SHAPES = [
    (kind, re.compile(r"(?<![A-Za-z0-9])(?P<secret>" + form + ")")) for kind, form in SHAPES
] + [
    ("password in a URL", re.compile(r"[A-Za-z][\w+.-]{0,30}://[^/\s:@\"'<>]*:(?P<secret>[^/\s\"'<>]+)@")),
    ("password in a URL", re.compile(r"[A-Za-z][\w+.-]{0,30}://(?P<secret>[^/\s:@\"'<>]{16,})@")),
    ("Azure key", re.compile(r"(?i)(?:AccountKey|SharedAccessKey)=(?P<secret>[\w+/=%-]{16,})")),
    ("signature", re.compile(r"(?i)[?&](?:sig|signature|x-amz-signature|x-amz-security-token"
                             r"|access_token|api_?key|key|token|code|auth)"
                             r"=(?P<secret>[\w+/=%.~-]{8,})")),
    ("authorization", re.compile(r"(?i)\b(?:bearer|basic|token|apikey)\s+"
                                 r"(?P<secret>(?=[\w.~+/=-]*[\d=+/])[\w.~+/=-]{12,})")),
]  # fmt: skip

_ONE_WORD = {
    "secret", "secrets", "password", "passwords", "passwd", "passwort", "pwd", "passphrase",
    "credential", "credentials", "apikey", "authorization", "cookie", "dsn", "pat", "passcode",
    "apitoken", "authtoken", "accesstoken", "secretkey", "accesskey", "privatekey", "pgpassword",
    "passphrases", "passcodes", "pwds", "apikeys", "kennwort", "jwt",
}  # fmt: skip
_ENDS_OF_ONE_WORD = ("password", "passwd", "passwort", "passphrase", "apikey", "secretkey")
_TOKENED = {"access", "refresh", "auth", "api", "bearer", "session", "id", "csrf", "oauth"}
_KEYED = {"api", "access", "private", "auth", "secret", "signing", "encryption", "account",
          "client", "master", "ssh", "license", "service", "deploy", "storage"}  # fmt: skip
_HARMLESS_ENDS = {"count", "counts", "id", "ids", "length", "len", "size", "field", "name", "names",
                  "file", "path", "url", "type", "limit", "policy", "hint", "strength",
                  "manager", "reset", "expiry", "expires", "at", "on", "date", "day", "days",
                  "time",
                  "timestamp", "age", "required", "enabled", "changed", "updated", "created",
                  "expired", "attempts", "retries", "version", "score", "column", "columns",
                  "label",
                  "status", "rotation", "hasher"}  # fmt: skip
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+")

_ASSIGNED = re.compile(
    r"""(?P<quote>["']?)(?P<name>(?=[\w.-]{0,80}(?i:token|secret|pass|pwd|key|credential|auth|cookie"""
    r"""|dsn|pat))[A-Za-z_][\w.-]{1,80})(?P=quote)\]?"""
    r"""(?:[ \t]*:[ \t]*[A-Za-z_][\w\[\], .|]{0,80}?(?=[ \t]*=[^=]))?"""
    r"""[ \t]*(?P<sign>=>|:=|[:=](?!=))[ \t]*"""
    r"""(?:(?:\(\s*)?[rbfuRBFU]{0,2}(?P<q>\"{3}|'{3}|["'])(?P<quoted>[\s\S]{1,4000}?)(?P=q)"""
    r"""|(?P<bare>[^\s"',;(){}\[\]]{4,}))"""
)
_CALL = re.compile(
    r"""(?P<name>[A-Za-z_]\w{1,80})["']\s*,\s*(?P<q>["'])(?P<quoted>[^"'\n]+)(?P=q)(?!\s*:)"""
)
_LISTED = re.compile(
    r"""["'](?P<name>[A-Za-z_][\w.-]{1,80})["']\)?[ \t]*[:=]"""
    r"""[ \t]*[\[({](?P<listed>[^\[\](){}]{1,4000})[\])}]"""
)
"""`"password": ["one", "two"]`"""
_PAIRED = re.compile(
    r"""(?i)(?<![\w-])["']?(?:name|key|variable|var|setting|option|param(?:eter)?|field|header|env)["']?"""
    r"""\s{0,3}[:=]\s{0,3}["']?(?P<name>[\w.-]{2,80})["']?[\s,;]{1,40}"""
    r"""["']?\w{0,20}(?:value|val|content|data|default|setting)["']?\s{0,3}[:=]\s{0,3}"""
    r"""(?:(?P<q>["'])(?P<quoted>[^"'\n]{1,4000})(?P=q)|(?P<bare>[^\s"',;(){}\[\]]{4,}))"""
)
"""`"name": "password", "value": "..."` as in JSON, code, YAML and tags."""
_QUOTED_WORD = re.compile(r"""(?P<q>["'])(?P<secret>[^"'\n]+)(?P=q)""")
_CODE = re.compile(r"[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*[?|]?")
_PLAIN_WORDS = {"none", "null", "true", "false", "required", "optional", "string", "object"}


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case: of `dbPassword_2` db and password."""
    return [word.lower() for word in _WORDS.findall(name)]


def is_secret_name(name: str) -> bool:
    """Return whether a variable, key or column of this name holds a credential."""
    words = words_of(name)
    if not words or words[-1] in _HARMLESS_ENDS or name == "Pat":  # a person
        return False
    if _ONE_WORD.intersection(words) or words[-1].endswith(_ENDS_OF_ONE_WORD):
        return True
    if "token" in words[-2:] and words[-1] in ("token", "value"):
        return True
    if words[-1] == "tokens" and _TOKENED.intersection(words[-2:-1]):
        return True
    keys = [n for n, word in enumerate(words) if word in ("key", "keys")]
    if any(n and words[n - 1] in _KEYED for n in keys):
        return True
    return words[-1] in ("key", "tokens", "pass") and len(words) > 1 and name.isupper()


@dataclass
class Censor:
    """Takes credentials out of text, and remembers which.

    Parameters
    ----------
    allowed:
        names (of variables, keys, columns) or kinds that may be sent nevertheless.
    """

    allowed: frozenset[str] = frozenset()
    found: list[str] = field(default_factory=list)
    """The name or kind of each, in the order they were found; never the value."""

    @classmethod
    def allowing(cls, names: Iterable[str]) -> Censor:
        """Return one that lets these names or kinds pass."""
        return cls(frozenset(name.strip().lower() for name in names if name.strip()))

    def hides(self, name: str) -> bool:
        """Return whether a value of that name is left out."""
        return is_secret_name(name) and name.lower() not in self.allowed

    def left_out(self, name: str) -> str:
        """Count a value that is left out, and return the mark in its place."""
        # A credential may itself be a key, and must not be reported as a name.
        self.found.append(next((kind for kind, shape in _SHAPES if shape.search(name)), name))
        return MARK

    def __call__(self, text: str) -> str:
        """Return `text` without credentials."""
        for kind, shape in _SHAPES:
            if kind.lower() not in self.allowed:
                text = shape.sub(self._taking(lambda _, kind=kind: kind), text)  # type: ignore[misc]
        text = _ASSIGNED.sub(self._assigned, text)
        text = _PAIRED.sub(self._assigned, text)
        text = _LISTED.sub(self._listed, text)
        return _CALL.sub(self._assigned, text)

    def _listed(self, match: re.Match[str]) -> str:
        if not self.hides(match["name"]):
            return match[0]
        clean = _QUOTED_WORD.sub(self._taking(lambda _: match["name"]), match["listed"])
        return _with(match, "listed", clean)

    def _taking(self, name_of: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
        def take(match: re.Match[str]) -> str:
            if MARK in match["secret"]:
                return match[0]
            return _with(match, "secret", self.left_out(name_of(match)))

        return take

    def _assigned(self, match: re.Match[str]) -> str:
        groups = match.groupdict()
        name, quoted, bare = groups["name"], groups.get("quoted"), groups.get("bare")
        value = quoted if quoted is not None else bare or ""
        if not self.hides(name) or MARK in value or "secret left out" in value:
            return match[0]
        if quoted is None and self._is_code(value, match):
            return match[0]
        return _with(match, "bare" if quoted is None else "quoted", self.left_out(name))

    def _is_code(self, value: str, match: re.Match[str]) -> bool:
        """Return whether a bare word after a name is a type or a name, unlike in `NAME=word`."""
        after = match.string[match.end() : match.end() + 1]
        if value.lower() in _PLAIN_WORDS or value.startswith(("$", "<")) or after in ("(", "["):
            return True
        is_setting = match["name"].isupper() or (
            match[0].startswith(match["name"] + "=") and _starts_line(match) and after in ("\n", "")
        )
        if is_setting:
            return False
        return _CODE.fullmatch(value) is not None and not (
            match["sign"] == ":" and _starts_line(match) and any(c.isdigit() for c in value)
        )


def _with(match: re.Match[str], group: str, text: str) -> str:
    """Return a match with a text in the place of one of its groups."""
    start, end = (n - match.start() for n in match.span(group))
    return match[0][:start] + text + match[0][end:]


def _starts_line(match: re.Match[str]) -> bool:
    line = match.string[: match.start()].rpartition("\n")[2]
    return line.strip() in ("", "export", "set", "-")


def left_out_words(found: Iterable[str]) -> str:
    """Return what was left out in words: `2 secrets left out (API_KEY, JWT)`; "" for nothing."""
    names = list(found)
    if not names:
        return ""
    shown = ", ".join(dict.fromkeys(name[:40] for name in names[:20]))
    return f"{len(names)} secret{'s' * (len(names) != 1)} left out ({shown})"
