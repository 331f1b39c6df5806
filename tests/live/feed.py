"""Plays a made-up turn on a surface, inside a kernel: a driver without a server.

Runs in the notebook's own process; what happened is written to `feed.json` beside the notebook.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython import get_ipython

from opencode_magic.changes.patch import Hunk, Line
from opencode_magic.changes.review import Change, Changes, ReviewVerdict
from opencode_magic.live.choose import choose_surface
from opencode_magic.live.page.view import TurnView
from opencode_magic.live.surface import Action, AddedWord, Answer, Snapshot, Stop, Surface
from opencode_magic.model.asks import (
    PermissionRequest,
    QuestionItem,
    QuestionOption,
    QuestionRequest,
)
from opencode_magic.model.transcript import Ask
from opencode_magic.render.blocks import (
    Block,
    ChangedFiles,
    Code,
    Diff,
    Fold,
    Footer,
    Header,
    Item,
    Markdown,
    Notice,
    Plain,
    Row,
)
from opencode_magic.render.html import document_html
from opencode_magic.render.text import document_markdown, document_text

HEADER = Header("demo/model-1", "build", "Fix the failing test")
PATCH = """--- a/greet.py
+++ b/greet.py
@@ -1,3 +1,4 @@
 def greet(name):
-    return "Hello " + name
+    \"\"\"A friendly line for `name`.\"\"\"
+    return f"Hello, {name}!"
 # end
"""
BASH = PermissionRequest(
    "per_bash",
    "ses_1",
    "bash",
    ["pytest -q tests"],
    {"command": "pytest -q tests"},
    ["pytest *"],
)
EDIT = PermissionRequest(
    "per_edit", "ses_1", "edit", ["greet.py"], {"filepath": "greet.py", "diff": PATCH}, ["*"]
)
INNER = PermissionRequest(
    "per_inner",
    "ses_2",
    "read",
    ["../secret.txt"],
    {"filepath": "../secret.txt"},
    ["*"],
)
QUESTION = QuestionRequest(
    "que_1",
    "ses_1",
    [
        QuestionItem(
            "Which style do you want?",
            "Style",
            [QuestionOption("numpy", "sections with underlines"), QuestionOption("google")],
            False,
            True,
        ),
        QuestionItem(
            "What should be covered?",
            "Tests",
            [QuestionOption("empty names"), QuestionOption("unicode"), QuestionOption("None")],
            True,
            False,
        ),
    ],
)
ONE = QuestionRequest(
    "que_2",
    "ses_1",
    [
        QuestionItem(
            "Shall the old name stay as an alias?",
            "Alias",
            [
                QuestionOption("yes, with a warning", "callers see a DeprecationWarning"),
                QuestionOption("no"),
            ],
        )
    ],
)
ASKS: dict[str, Ask] = {
    "bash": BASH,
    "edit": EDIT,
    "inner": INNER,
    "question": QUESTION,
    "one": ONE,
}
ROWS = {"per_bash": "t2", "per_inner": "t1b"}
"""The tool calls some of them belong to."""
ANSWER = """The test fails because `greet` forgets the comma. I will:

1. change the **format string** in `greet.py`,
2. run the tests again.

```python
def greet(name: str) -> str:
    return f"Hello, {name}!"
```

| file | change |
|------|--------|
| greet.py | one line |

After that everything should be green. """


@dataclass
class Feed:
    """A turn that is made up as it goes."""

    surface: Surface
    items: list[Item] = field(default_factory=list)
    asks: tuple[Ask, ...] = ()
    phase: str = "working"
    began: float = field(default_factory=time.monotonic)
    log: list[dict[str, Any]] = field(default_factory=list)
    stopped: bool = False
    answers: dict[str, Answer] = field(default_factory=dict)
    deaf_s: float = 0

    def put(self, key: str, block: Block, parent: str = "") -> None:
        item = Item(key, block, parent)
        for position, old in enumerate(self.items):
            if old.key == key:
                self.items[position] = item
                return
        self.items.append(item)

    def note(self, what: str, **more: Any) -> None:
        self.log.append({"what": what, "at": time.time(), **more})

    def tick(self, seconds: float = 0.05) -> None:
        self.surface.draw(self.picture())
        for action in self.surface.actions(seconds):
            self.act(action)

    def act(self, action: Action) -> None:
        if isinstance(action, Stop):
            self.note("stop")
            self.stopped = True
            return
        if isinstance(action, AddedWord):
            self.note("add", text=action.text)
            return
        if isinstance(action, ReviewVerdict):
            return
        self.note("answer", id=action.ask_id, reply=action.reply, message=action.message,
                  answers=action.answers)  # fmt: skip
        self.answers[action.ask_id] = action
        self.asks = tuple(ask for ask in self.asks if ask.id != action.ask_id)

    def write(self, key: str, text: str, *, per_s: float) -> None:
        """Let the agent write, some characters at a time."""
        begun, shown = time.monotonic(), 0
        while shown < len(text) and not self.stopped:
            shown = min(len(text), int((time.monotonic() - begun) * per_s) + 1)
            self.put(key, Markdown(text[:shown], open=shown < len(text)))
            self.tick()

    def ask(self, *requests: Ask, later: Sequence[Ask] = (), timeout_s: float = 60) -> None:
        """Ask, and wait for the answers; `later` comes when the file `go-on` is there."""
        self.asks, self.phase = requests, "waiting for your answer"
        self.surface.draw(self.picture())
        for request in requests:
            answer = self.surface.ask(request)
            if answer is not None:
                self.act(answer)
        deaf_until = time.monotonic() + self.deaf_s
        while time.monotonic() < deaf_until:
            self.surface.draw(self.picture())
            time.sleep(0.05)
        until = time.monotonic() + timeout_s
        while (self.asks or later) and not self.stopped and time.monotonic() < until:
            if later and Path("go-on").exists():
                self.asks, later = (*self.asks, *later), ()
            self.tick()
        self.phase = "working"

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.stopped:
            self.tick()

    def picture(self) -> Snapshot:
        return Snapshot(
            tuple(self.items),
            HEADER,
            self.phase,
            time.monotonic() - self.began,
            self.asks,
            checkpoint=self.bundle,
            row=lambda request: ROWS.get(request.id, ""),
        )

    def bundle(self, *more: Item) -> dict[str, str]:
        items: Sequence[Item] = (Item("header", HEADER), *self.items, *more)
        return {
            "text/html": document_html(items),
            "text/markdown": document_markdown(items),
            "text/plain": document_text(items),
        }

    def end(self, state: str = "Done") -> None:
        files = Item("files", ChangedFiles((Diff(PATCH, "greet.py", 2, 1),)))
        footer = Item("footer", Footer(state, 1234, 567, 0.0123, time.monotonic() - self.began))
        self.surface.finish(self.bundle(files, footer))
        Path("feed.json").write_text(json.dumps(self.log))


last: Feed | None = None  # a test looks at it from the next line of its cell


class _Losing:
    """Takes messages of the view out of the line, as a rate limit of the server does."""

    def __init__(self, numbers: set[int], *, lose_asks: bool) -> None:
        self.snapshots = 0
        original = TurnView.send

        def send(view: TurnView, content: dict[str, Any], *more: Any) -> None:
            nonlocal lose_asks
            self.snapshots += "snapshot" in content
            asks = any(op[0] == "ask" for op in content.get("ops", ()))
            if lose_asks and asks:
                lose_asks = False
            elif "ops" not in content or content["seq"] not in numbers:
                original(view, content, *more)

        TurnView.send = send
        self._original = original

    def stop(self) -> None:
        TurnView.send = self._original


def play(
    *,
    asks: Sequence[str] = (),
    answer: str = ANSWER,
    per_s: float = 400,
    pause_s: float = 0,
    deaf_s: float = 0,
    fails: bool = False,
    lose: Sequence[int] = (),
    lose_asks: bool = False,
    later: Sequence[str] = (),
) -> None:
    """A turn with everything in it: reasoning, text, tool calls, a subagent, questions.

    `lose` are numbers of messages that do not reach the page; `lose_asks` loses the first message
    with a question; for `deaf_s` after a question nobody looks at clicks.
    """
    global last
    feed = last = Feed(choose_surface(get_ipython()), deaf_s=deaf_s)
    losing = _Losing(set(lose), lose_asks=lose_asks) if lose or lose_asks else None
    try:
        feed.note("begin")
        feed.put("r", Fold("Thinking", (Markdown("The test wants a comma.", open=True),),
                           "reasoning"))  # fmt: skip
        feed.wait(0.3)
        feed.put("r", Fold("Thought for 0.3 s", (Markdown("The test wants a comma."),),
                           "reasoning"))  # fmt: skip
        feed.put("t0", Row("Read", "greet.py", "completed", "3 lines", 0.1,
                           (Code("def greet(name):\n    return name\n", "py"),)))  # fmt: skip
        feed.write("m", answer, per_s=per_s)
        feed.note("written")
        feed.put("t1", Row("Delegate", "look for other callers", "running", "explore"))
        feed.put("t1a", Row("Search", "greet\\(", "completed", "2 matches", 0.2,
                            (Plain("greet.py:1\ntest_greet.py:4"),)), "t1")  # fmt: skip
        feed.put("t1b", Row("Read", "test_greet.py", "running"), "t1")
        feed.put("t2", Row("Run", "pytest -q tests", "pending"))
        feed.ask(*(ASKS[name] for name in asks), later=[ASKS[name] for name in later])
        feed.note("asked")
        feed.put("t1", Row("Delegate", "look for other callers", "completed", "explore", 0.8))
        feed.put("t1b", Row("Read", "test_greet.py", "completed", "12 lines", 0.1), "t1")
        output = (Code("$ pytest -q tests", "console"), Code("2 passed in 0.02s"))
        feed.put("t2", Row("Run", "pytest -q tests", "completed", "", 0.4, output))
        if fails:
            feed.put("t2", Row("Run", "pytest -q tests", "failed", "exit code 1", 0.4,
                               (*output, Notice("1 failed", "error"))))  # fmt: skip
            feed.put("e", Notice("The provider refused the key (401). Set it with "
                                 "`opencode auth login` and send again.", "error"))  # fmt: skip
        feed.wait(pause_s)
        if losing is not None:
            feed.note("lost", snapshots=losing.snapshots)
            losing.stop()
        feed.note("end")
    finally:
        feed.end("Stopped" if feed.stopped else "Done")


def review(files: int, hunks: int) -> None:
    """A made-up review of that many files and hunks; what was decided is in `review.json`."""
    lines = (Line("same", "before"), Line("del", "old"), Line("add", "<b>new</b>"))
    made = tuple(
        Change(
            f"folder/file-{number}.txt",
            hunks=tuple(Hunk(n, 2, n, 2, lines=lines) for n in range(1, 10 * hunks, 10)),
        )
        for number in range(files)
    )
    asked = Changes("review", (*made, Change("picture.png", why="it is binary")))
    surface = choose_surface(get_ipython())
    verdict = None
    began = time.monotonic()
    while verdict is None and time.monotonic() - began < 60:
        surface.draw(Snapshot((), HEADER, "waiting for your review", 1, review=asked))
        found = [a for a in surface.actions(0.05) if isinstance(a, ReviewVerdict)]
        verdict = found[0] if found else None
    surface.finish({"text/plain": "over"})
    Path("review.json").write_text(json.dumps(sorted(verdict.undone) if verdict else None))
