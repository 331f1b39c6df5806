"""In a real browser nothing of an agent's text runs, asks the network or leaves its place."""

from __future__ import annotations

from playwright.sync_api import Browser, Dialog

from tests.render.judge import payload_html
from tests.render.test_hostile import CORPUS


def test_nothing_fires_in_a_real_browser(browser: Browser) -> None:
    page = browser.new_page()
    requests: list[str] = []
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", dismiss)
    outputs = "\n".join(payload_html(text) for text in CORPUS[::3])
    page.set_content(f"<!doctype html><meta charset=utf-8>{outputs}")
    page.evaluate(
        """() => { for (const element of document.querySelectorAll('body *'))
             for (const type of ['mouseover', 'focus', 'toggle', 'pointerover'])
               element.dispatchEvent(new Event(type, {bubbles: true})) }"""
    )
    out_of_place = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
             .filter(e => getComputedStyle(e).position != 'static').length"""
    )
    page.close()
    assert (requests, dialogs, out_of_place) == ([], [], 0)
