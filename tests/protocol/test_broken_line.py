"""A line that breaks: what is read comes all the same, and a prompt is stored at most once."""

from __future__ import annotations

import threading

import pytest

from opencode_magic import OpenCode
from opencode_magic.errors import UnreachableError
from opencode_magic.model.messages import TextPart
from tests.harness.proxy import Proxy
from tests.harness.server import PlainServer


def prompts(oc: OpenCode, session: str) -> list[str]:
    """What is stored of what was sent."""
    messages = oc.session.messages(session)
    return [p.text for m in messages for p in m.parts if isinstance(p, TextPart)]


def test_a_prompt_is_never_sent_twice(plain_server: PlainServer, proxy: Proxy) -> None:
    with plain_server.client() as direct, plain_server.client(proxy.url) as oc:
        session = direct.session.create(title="broken line").id
        assert oc.session.get(session).id == session

        # Cut while nobody knows whether it arrived.
        for n in range(5):
            proxy.stall()
            cut = threading.Timer(0.2, proxy.cut)
            cut.start()
            with pytest.raises(UnreachableError, match="it may have been carried out"):
                oc.session.prompt(session, f"cut {n}", no_reply=True)
            cut.join()
            proxy.resume()
        # Nobody there at all: it is tried again, and arrives once the way is free.
        proxy.refusing = True
        free = threading.Timer(0.2, setattr, (proxy, "refusing", False))
        free.start()
        try:
            oc.session.prompt(session, "refused", no_reply=True)
        except UnreachableError:
            free.join()  # a proxy that accepts and hangs up may have passed it on
        free.join()
        # A connection that broke while it was idle: what is read is asked for again.
        proxy.cut()
        assert oc.session.get(session).id == session
        stored = prompts(direct, session)
    assert len(stored) == len(set(stored))
    assert set(stored) <= {*(f"cut {n}" for n in range(5)), "refused"}
