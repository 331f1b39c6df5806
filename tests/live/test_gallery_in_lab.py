"""Every look in a real JupyterLab, and how the static form takes the place of the live one."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests import gallery
from tests.conftest import OpenNotebook
from tests.harness.notebook import Notebook
from tests.live.test_accessible_in_lab import THEMES, faults
from tests.live.test_in_lab import START

OPEN = "area => { for (const fold of area.querySelectorAll('details')) fold.open = true; }"
TOO_WIDE = """area => {
  const edge = area.getBoundingClientRect().right + 1;
  return [...area.querySelectorAll('.ocm-static *')]
    .filter((one) => one.getBoundingClientRect().right > edge)
    .map((one) => `${one.tagName} ${one.className}`);
}"""
TOPS = """area => {
  const { top } = area.getBoundingClientRect();
  const words = {};
  for (const one of area.querySelectorAll('.ocm-verb, .ocm-md p, .ocm-check')) {
    if (!one.checkVisibility()) continue;  // folded
    const name = `${one.textContent} ${Object.keys(words).length}`;
    words[name] = one.getBoundingClientRect().top - top;
  }
  return words;
}"""
MOVED_PX = 2
JUMPING = ("steps", "nested", "invalid")


def test_all_looks_are_accessible_in_every_theme_and_fit_a_narrow_page(
    open_notebook: OpenNotebook,
) -> None:
    notebook = open_notebook(gallery.cells())
    notebook.command("application:toggle-left-area")
    notebook.page.set_viewport_size({"width": 1100, "height": 6000})
    notebook.run_all()
    notebook.wait_done(len(gallery.GROUPS))
    for number in range(1, len(gallery.GROUPS) + 1):
        notebook.output(number).locator(".ocm-static").first.wait_for()
        notebook.output(number).evaluate(OPEN)
    for theme in THEMES:
        notebook.command("apputils:change-theme", theme=theme)
        notebook.page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
        assert faults(notebook, ".jp-Notebook .ocm-static") == [], theme
        for number, group in enumerate(gallery.GROUPS, 1):
            notebook.screenshot(
                f"gallery-{group}-{THEMES.index(theme)}", of=notebook.output(number)
            )
    notebook.page.set_viewport_size({"width": 600, "height": 6000})
    for number, group in enumerate(gallery.GROUPS, 1):
        assert notebook.output(number).evaluate(TOO_WIDE) == []
        notebook.screenshot(f"gallery-{group}-narrow", of=notebook.output(number))


def tops(notebook: Notebook, index: int) -> dict[str, float]:
    found: dict[str, Any] = notebook.output(index).evaluate(TOPS)
    return found


def test_nothing_moves_when_the_static_form_takes_the_place_of_the_live_one(
    same_notebook: OpenNotebook,
) -> None:
    plays = [f"gallery.play({name!r})" for name in JUMPING]
    notebook = same_notebook([gallery.cells()[0], *plays])
    notebook.run(0)
    notebook.wait_done(0)
    for index, name in enumerate(JUMPING, 1):
        notebook.run(index)
        live = notebook.output(index).locator(".ocm-live")
        expect(live.locator(".ocm-phase")).to_have_text("working")
        live.locator(".ocm-md p", has_text=gallery.last_words(name)).last.wait_for()
        before = tops(notebook, index)
        assert len(before) > 1
        (notebook.path.parent / "go-on").touch()
        notebook.wait_done(index)
        expect(live).to_have_count(0)
        notebook.output(index).locator(".ocm-static").first.wait_for()
        after = tops(notebook, index)
        assert after.keys() == before.keys()
        moved = {words: after[words] - top for words, top in before.items()}
        assert {w: px for w, px in moved.items() if abs(px) > MOVED_PX} == {}


WATCH = """output => {
  const known = new Map();
  const moved = [];
  const look = () => {
    const flow = output.querySelector('.ocm-flow');
    if (!flow) return requestAnimationFrame(look);
    const { top } = flow.getBoundingClientRect();
    for (const one of flow.querySelectorAll('.ocm-chunk, .ocm-verb')) {
      const at = one.getBoundingClientRect().top - top;
      if (Math.abs((known.get(one) ?? at) - at) > 1) moved.push(one.textContent.slice(0, 40));
      known.set(one, at);
    }
    window.watched = { seen: known.size, moved };
    requestAnimationFrame(look);
  };
  look();
}"""
SELECT = """async (chunk) => {
  for (let n = 0; n < 3; n += 1) await new Promise(requestAnimationFrame);  // it is painted
  const range = document.createRange();
  range.selectNodeContents(chunk);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  return getSelection().toString();
}"""
FRAME = "ask => { const s = getComputedStyle(ask); return [s.borderLeftStyle, s.borderLeftWidth]; }"


def test_what_is_drawn_stays_where_it_is_while_more_comes(open_notebook: OpenNotebook) -> None:
    notebook = open_notebook([START, "feed.play(asks=['bash'], per_s=120)"], fresh=True)
    notebook.context.grant_permissions(["clipboard-read", "clipboard-write"])
    notebook.page.emulate_media(reduced_motion="reduce")
    notebook.page.set_viewport_size({"width": 1100, "height": 2000})
    notebook.run(0)
    notebook.wait_done(0)
    notebook.output(1).evaluate(WATCH)
    notebook.run(1)
    chunk = notebook.output(1).locator(".ocm-chunk", has_text="forgets the comma")
    chunk.wait_for()
    words = chunk.evaluate(SELECT)
    assert words.strip() == "The test fails because greet forgets the comma. I will:"
    notebook.wait_for(1, "Run a command?")
    watched = notebook.page.evaluate("watched")
    assert watched["seen"] > 5
    assert watched["moved"] == []
    assert notebook.page.evaluate("getSelection().toString()") == words
    notebook.page.evaluate("document.execCommand('copy')")
    assert notebook.page.evaluate("navigator.clipboard.readText()").strip() == words.strip()
    running = "view => view.getAnimations({ subtree: true }).length"
    assert notebook.output(1).locator(".ocm-live").evaluate(running) == 0

    notebook.page.emulate_media(forced_colors="active")
    notebook.screenshot("live-forced-colors", of=notebook.output(1))
    assert notebook.output(1).locator(".ocm-ask").evaluate(FRAME) == ["solid", "6px"]
    notebook.click("Allow once", cell=1)
    notebook.wait_done(1)
