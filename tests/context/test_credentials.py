"""Planted credentials never leave, wherever they lie; ordinary words do."""

from __future__ import annotations

import json
from string import ascii_letters, ascii_uppercase, digits, hexdigits
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opencode_magic.context.attach import Mentionable, attach
from opencode_magic.context.credentials import Censor, is_secret_name
from opencode_magic.context.describing import describe
from opencode_magic.context.notebook import Notebook


def some(alphabet: str, length: int, end: int = 0) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=length, max_size=end or length)


WORD = ascii_letters + digits
HEX = hexdigits[:16]
KINDS: dict[str, st.SearchStrategy[str]] = {
    "aws": some(ascii_uppercase + digits, 16).map("AKIA{}".format),
    "github": some(WORD, 36).map("ghp_{}".format),
    "github fine": some(WORD, 60).map("github_pat_{}".format),
    "gitlab": some(WORD, 20).map("glpat-{}".format),
    "slack": st.tuples(some(digits, 11), some(WORD, 24)).map("xoxb-{0[0]}-{0[1]}".format),
    "openai": some(WORD, 48).map("sk-proj-{}".format),
    "anthropic": some(WORD + "-_", 80).map("sk-ant-api03-{}a".format),
    "stripe": some(WORD, 24).map("sk_live_{}".format),
    "google": some(WORD + "-_", 35).map("AIza{}".format),
    "jwt": st.tuples(some(WORD, 30), some(WORD, 40), some(WORD, 43)).map(
        "eyJ{0[0]}.eyJ{0[1]}.{0[2]}".format
    ),
    "pem": some(WORD + "+/", 200).map(
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----".format
    ),
    "ssh": some(WORD + "+/", 200).map("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n".format),
    "hugging face": some(WORD, 34).map("hf_1{}".format),
    "npm": some(WORD, 36).map("npm_{}".format),
    "pypi": some(WORD + "-_", 90).map("pypi-AgEIcHlwaS5vcmc{}".format),
    "sendgrid": st.tuples(some(WORD, 22), some(WORD, 43)).map("SG.{0[0]}.{0[1]}".format),
    "twilio": some(HEX, 32).map("SK{}".format),
    "digital ocean": some(HEX, 63).map("dop_v1_1{}".format),
    "databricks": some(HEX, 31).map("dapi1{}".format),
    "groq": some(WORD, 50).map("gsk_1{}".format),
    "telegram": st.tuples(some(digits, 9), some(WORD, 34)).map("1{0[0]}:A{0[1]}".format),
    "slack hook": some(WORD, 24).map("https://hooks.slack.com/services/T0AAAA/B0BBBB/{}".format),
    "vault": some(WORD, 24).map("hvs.{}".format),
}
"""As their makers describe them; the secret is the whole of it."""
NAMED = {
    "env": "SERVICE_TOKEN={}\n",
    "exported": "export DB_PASSWORD={}\n",
    "python": "api_key = '{}'",
    "annotated": 'password: str = "{}"',
    "keyword": 'connect(user="me", passwd="{}")',
    "json": '{{"client_secret": "{}"}}',
    "yaml": "db:\n  password: '{}'\n",
    "toml": 'secret_key = "{}"',
    "subscript": 'os.environ["STRIPE_API_KEY"] = "{}"',
    "getenv": 'os.environ.setdefault("MY_TOKEN", "{}")',
    "url": "postgres://me:{}@db.example.org/x",
    "header": "Authorization: Bearer {}",
    "azure": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};",
    "signed": "https://a.blob.example.org/c?sv=1&sig={}",
}
"""Where anything is a secret by what stands beside it."""
ANYTHING = some(WORD, 20, 40).map("{}7q".format)


class Held:
    """An object that just holds something."""

    def __init__(self, value: str) -> None:
        self.value = value


def carriers(secret: str) -> dict[str, Any]:
    """Values in which a secret can lie, whatever they are called."""
    return {
        "alone": secret,
        "within": f"first words, then {secret} and more",
        "late": "x" * 150 + " " + secret,
        "listed": [1, [secret]],
        "keyed": {"a": {"b": secret}},
        "as_key": {secret: 1},
        "bytes_": secret.encode(),
        "held": Held(secret),
        "failed": ValueError(f"refused: {secret}"),
    }


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_credential_never_leaves_in_a_value_a_cell_or_an_expression(
    kind: str, data: st.DataObject
) -> None:
    secret = data.draw(KINDS[kind])
    needle = max(secret.split("\n"), key=len)[-24:]  # of a key file its inside
    values = carriers(secret)
    there = Mentionable(Notebook(values, {}, ["", f"x = {secret!r}"], {1: secret}))
    found = attach(" ".join([*(f"@{n} @{{{n}}}" for n in values), "@In[1] @Out[1] @cells"]), there)
    assert needle not in json.dumps([found.text, *found.parts], ensure_ascii=False)
    assert "left out" in found.parts[0]["metadata"]["opencode_magic"]["attached"]


@pytest.mark.parametrize("where", NAMED)
@given(secret=ANYTHING)
def test_what_stands_under_a_secrets_name_is_left_out(where: str, secret: str) -> None:
    censor = Censor()
    assert secret not in censor(NAMED[where].format(secret))
    assert censor.found


@settings(deadline=None)  # the first example loads what describes values
@given(secret=ANYTHING)
def test_a_value_under_a_secrets_name_is_left_out(secret: str) -> None:
    nested = {"config": [{"db": {"password": secret, "authToken": secret}}], "apiKey": secret}
    for value, name in ((nested, ""), (secret, "OPENAI_API_KEY"), ([secret], "passwords")):
        found = describe(value, name=name)
        assert secret not in found.text + found.label
        assert found.left_out


def test_a_column_of_secrets_is_left_out_in_counts_and_in_the_head() -> None:
    pd = pytest.importorskip("pandas")
    found = describe(pd.DataFrame({"user": ["a", "b"], "password": ["hunter2!", "letmein!"]}))
    assert "hunter2" not in found.text
    assert "letmein" not in found.text
    assert found.left_out == ("password",)


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens = 5",
        "tokenizer = load()",
        "password = get_password()",
        "def f(token: str) -> None: ...",
        "token_count: int = 3000",
        "sorted(x, key=len)",
        "primary_key = 'id_of_row'",
        "self.token = token",
        "https://example.org/a?b=c",
        "sha 3f786850e387550fdab836ed7e6dc881de23001b",
        "skeleton-key task-force-number-one",
    ],
)
def test_ordinary_code_and_words_stay(text: str) -> None:
    censor = Censor()
    assert censor(text) == text
    assert not censor.found


@pytest.mark.parametrize(
    ("name", "secret"),
    [("API_KEY", True), ("GITHUB_TOKEN", True), ("dbPassword", True), ("STRIPE_KEY", True),
     ("aws_secret_access_key", True), ("n_tokens", False), ("key", False), ("tokens", False),
     ("compass", False), ("password_length", False), ("sort_key", False)],
)  # fmt: skip
def test_a_name_tells_a_secret(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


def test_a_name_or_a_kind_that_is_allowed_passes() -> None:
    key = "AKIA" + "A1" * 8
    assert describe(key).left_out == ("AWS key",)
    assert key in describe(key, allow_secrets=["aws KEY"]).text
    assert "s3same" in describe({"password": "s3same"}, allow_secrets=["password"]).text


@pytest.mark.timeout(30)
@pytest.mark.parametrize("word", ["x", "a-b.", "1", "eyJabcdef.", "key-", "xoxb-", "SG.aaaaaaaaaa"])
def test_a_text_without_end_of_word_takes_no_time_of_its_square(word: str) -> None:
    text = word * (200_000 // len(word))  # it took minutes
    assert Censor()(text)
