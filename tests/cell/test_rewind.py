"""`/undo` and `/redo` on a real server: what they take back, and what they never touch."""

from __future__ import annotations

import os
import random
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec import structs

from opencode_magic.commands.undo import COMMANDS
from opencode_magic.demo.script import Call, Say
from opencode_magic.disk.folder import OUTSIDE
from opencode_magic.model.files import FileDiff
from opencode_magic.protocol.v1.sessions import Sessions1
from opencode_magic.render import turn_bundle
from opencode_magic.traces import unrecorded
from tests.cell.benches import Bench, read, write
from tests.cell.cells import bash
from tests.harness.calls import both

Kept = tuple[int, int, str | bytes]


def kept(root: Path, *but: str) -> dict[str, Kept]:
    """Every file below a folder as it stands: its mode, how many names it has, and its bytes."""
    found: dict[str, Kept] = {}
    for folder, folders, names in os.walk(root):
        if folder == str(root):
            folders.remove(".git")
        for name in names + [f for f in folders if (Path(folder) / f).is_symlink()]:
            path = Path(folder) / name
            file = path.relative_to(root).as_posix()
            if file not in but and "/.git/" not in f"/{file}":
                state = path.lstat()
                link = stat.S_ISLNK(state.st_mode)
                held = str(path.readlink()) if link else path.read_bytes()
                found[file] = (state.st_mode, state.st_nlink, held)
    return found


def nested(bench: Bench) -> None:
    """A repository without a commit, which makes every snapshot of the server fail."""
    inner = bench.root / "inner"
    inner.mkdir()
    (inner / "f").touch()
    bench.git("init", "-q", cwd=inner)


# -- the user's own work ---------------------------------------------------------------------------


@both
def test_without_a_true_snapshot_nothing_is_written(bench: Bench) -> None:
    bench.write("b.py", "b v2\n")
    (bench.root / "a.py").write_text("a v2, by hand\n")
    nested(bench)
    done = bench.write("b.py", "b v3\n")
    assert [(e.file, e.outside) for e in done.unrecorded] == [("b.py", False)]
    assert "does not have a commit" in done.unrecorded[0].why
    before = kept(bench.root)
    for command, words in (("undo", "--yes"), ("redo", "--yes"), ("redo", "--yes --force")):
        said = bench.say(command, words)
        assert kept(bench.root) == before, (command, words)
        assert "Redone" not in said
        assert "Undone" not in said
    assert "b.py" in bench.say("undo", "--yes")
    assert "Nothing was done" in bench.say("undo", "--yes")
    forced = bench.say("undo", "--yes", "--force")
    assert "`b.py` is not taken back" in forced
    assert "no file was changed" in forced
    assert kept(bench.root) == before
    bench.say("redo", "--yes", "--force")
    assert kept(bench.root) == before


def by_hand(root: Path, when: str) -> None:
    """Everything a user may do to files that no turn has touched."""
    (root / "a.py").write_text(f"a, by hand, {when}\n")
    (root / f"new-{when}.txt").write_text("by hand\n")
    (root / "crlf.txt").unlink(missing_ok=True)
    (root / "secret").write_bytes(b"\xff\x00\r\n" + when.encode())
    (root / "secret").chmod(0o600)
    (root / f"run-{when}.sh").write_text("#!/bin/sh\n")
    (root / f"run-{when}.sh").chmod(0o751)
    (root / f"link-{when}").symlink_to("a.py")
    os.link(root / "data/numbers.csv", root / f"data/same-{when}.csv")
    (root / "x.log").write_text(f"ignored, {when}\n")


@both
def test_what_was_done_by_hand_at_any_time_stays(bench: Bench) -> None:
    by_hand(bench.root, "before")
    bench.write("b.py", "b v2\n")
    bench.write("b.py", "b v3\n")
    steps = [
        ("undo", "b v2\n"),
        ("undo", "b v1\n"),
        ("redo", "b v3\n"),
        ("undo", "b v2\n"),
        ("redo", "b v3\n"),
    ]
    for number, (command, found) in enumerate(steps):
        by_hand(bench.root, str(number))
        others = kept(bench.root, "b.py")
        assert bench.say(command, "--yes").startswith(("Undone:", "Redone:"))
        assert (bench.text("b.py"), kept(bench.root, "b.py")) == (found, others)


@both
def test_after_a_restart_of_the_kernel_the_way_forward_is_still_known(bench: Bench) -> None:
    bench.write("b.py", "b v2\n")
    bench.turn(bash("rm crlf.txt; echo new > made.txt"))
    bench.say("undo", "--yes")
    bench.say("undo", "--yes")
    assert bench.text("b.py") == "b v1\n"
    (bench.root / "a.py").write_text("by hand\n")
    bench.app.undone.clear()
    bench.app.reviewed.clear()
    (bench.root / "made.txt").write_text("mine\n")
    assert "made.txt" in bench.say("redo", "--yes")
    assert (bench.text("b.py"), bench.text("made.txt")) == ("b v1\n", "mine\n")
    (bench.root / "made.txt").unlink()
    assert "Redone" in bench.say("redo", "--yes")
    assert (bench.text("b.py"), bench.text("made.txt")) == ("b v2\n", "new\n")
    assert (bench.text("a.py"), (bench.root / "crlf.txt").exists()) == ("by hand\n", False)


@both
def test_what_was_undone_is_forgotten_with_the_next_prompt(bench: Bench) -> None:
    first = bench.write("b.py", "b v2\n")
    bench.write("b.py", "b v3\n")
    bench.say("undo", "--yes")
    session, client = first.session, bench.app.connect()
    assert len(client.session.messages(session)) == 6
    bench.turn(Say("on"))
    prompts = [m.info.id for m in client.session.messages(session) if m.info.role == "user"]
    assert (len(prompts), prompts[0]) == (2, first.prompt_id)
    assert "nothing was undone" in bench.say("redo", "--yes")
    assert bench.text("b.py") == "b v2\n"


@both
def test_force_restores_the_files_of_the_turn_and_no_others(bench: Bench) -> None:
    latin = bench.root / "latin.txt"
    latin.write_bytes("caf\xe9\nb\n".encode("latin-1"))
    (bench.root / "pixels").write_bytes(bytes(range(256)))
    bench.turn(bash("printf 'x\\n' > latin.txt; printf '\\0\\1' > pixels; echo a v2 > a.py"))
    (bench.root / "a.py").write_text("a v3, by hand\n")
    (bench.root / "b.py").write_text("by hand\n")
    others = kept(bench.root, "latin.txt", "pixels", "a.py")
    said = bench.say("undo", "--yes")
    assert "latin.txt, pixels: it is not UTF-8 text" in said
    assert latin.read_bytes() == b"x\n"
    assert "Undone" in bench.say("undo", "--yes", "--force")
    assert latin.read_bytes() == "caf\xe9\nb\n".encode("latin-1")
    assert (bench.root / "pixels").read_bytes() == bytes(range(256))
    assert (bench.text("a.py"), kept(bench.root, "latin.txt", "pixels", "a.py")) == (
        "a v1\n",
        others,
    )
    assert "Redone" in bench.say("redo", "--yes")
    assert (latin.read_bytes(), bench.text("a.py")) == (b"x\n", "a v3, by hand\n")
    assert kept(bench.root, "latin.txt", "pixels", "a.py") == others


# -- what no record covers -------------------------------------------------------------------------


@both
def test_edits_out_of_the_records_reach_are_named_and_not_claimed(bench: Bench) -> None:
    library = bench.machine.project(f"library-{bench.root.name}", {"lib.py": "lib v1\n"})
    bench.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library), "sub")
    bench.git("commit", "-qm", "a submodule")
    own = bench.root / "own"
    own.mkdir()
    (own / "f.py").write_text("own v1\n")
    for words in ("init -q", "add -A", "commit -qm x"):
        bench.git(*words.split(), cwd=own)
    beside = bench.root.parent / f"beside-{bench.root.name}.txt"
    (bench.root / "way").symlink_to(bench.root.parent)
    outside = {
        "sub/lib.py": bench.root / "sub/lib.py",
        "own/f.py": own / "f.py",
        "run.log": bench.root / "run.log",
        str(beside): bench.root / "way" / beside.name,
    }
    done = bench.turn(
        *(read(file) for file in outside.values() if file.exists()),
        *(write(file, "by the agent\n") for file in outside.values()),
        write(bench.root / "a.py", "a v2\n"),
        review="none",
    )
    assert {e.file: e.why for e in done.unrecorded} == {
        "sub/lib.py": unrecorded.NESTED,
        "own/f.py": unrecorded.NESTED,
        "run.log": unrecorded.IGNORED,
        str(beside): OUTSIDE,
    }
    shown = turn_bundle(done)["text/plain"]
    reviewed = repr(done.review)
    preview, undone = bench.say("undo", "--preview"), bench.say("undo", "--yes")
    for file in outside:
        assert file in shown
        assert file in reviewed
        assert f"`{file}` is not taken back" in preview
        assert f"`{file}` is not taken back" in undone
    assert bench.text("a.py") == "a v1\n"
    assert {f.read_text() for f in outside.values()} == {"by the agent\n"}
    assert "Redone" in bench.say("redo", "--yes")
    assert bench.text("a.py") == "a v2\n"


@both
def test_where_nothing_is_covered_nothing_is_done(bench: Bench) -> None:
    done = bench.write("run.log", "by the agent\n")
    assert "`run.log` was edited too" in turn_bundle(done)["text/plain"]
    said = bench.say("undo", "--yes")
    assert "run.log: git ignores it" in said
    assert "Nothing was done" in said
    assert "no file was changed" in bench.say("undo", "--yes", "--force")
    assert bench.text("run.log") == "by the agent\n"


@both
def test_a_subagents_edits_are_told_like_others(bench: Bench) -> None:
    inner = bench.script(
        write(bench.root / "by_helper.py", "x\n"), write(bench.root / "h.log", "x\n"), Say("ok")
    )
    bench.app.servers.use(bench.app.connect().base_url, subagents=True)
    task = Call("task", {"description": "d", "prompt": inner, "subagent_type": "general"})
    done = bench.turn(task)
    assert done.files == ["by_helper.py"]
    assert [e.file for e in done.unrecorded] == ["h.log"]
    said = bench.say("undo", "--yes")
    assert "`h.log` is not taken back" in said
    assert not (bench.root / "by_helper.py").exists()
    assert (bench.root / "h.log").exists()


@both
def test_what_leaves_no_trace_is_no_alarm(bench: Bench) -> None:
    same = bench.turn(read(bench.root / "a.py"), write(bench.root / "a.py", "a v1\n"))
    to_and_fro = bench.turn(write(bench.root / "t.txt", "x\n"), bash("rm t.txt"))
    assert (same.unrecorded, to_and_fro.unrecorded) == ((), ())
    assert "No change of a file was recorded" in bench.say("undo", "--yes")
    said = bench.say("undo", "--yes")
    assert "no file was changed" in said
    assert unrecorded.UNSURE in said
    assert bench.text("a.py") == "a v1\n"


@both
def test_a_snapshot_that_failed_long_ago_is_not_taken_for_no_change(bench: Bench) -> None:
    nested(bench)
    bench.turn(write(bench.root / "b.py", "b v2\n"))
    shutil.rmtree(bench.root / "inner")
    said = bench.say("undo", "--yes")
    assert "No files had changed" not in said
    assert f"`b.py` is not taken back: {unrecorded.UNSURE}" in said
    assert bench.text("b.py") == "b v2\n"


@both
def test_a_snapshot_that_comes_right_in_the_middle_does_not_blame_the_turn(bench: Bench) -> None:
    bench.write("b.py", "b v2\n")
    (bench.root / "a.py").write_text("a v2, by hand\n")
    nested(bench)
    bench.turn(
        bash("rm -rf inner/.git"),
        [Call("read", {"filePath": str(bench.root / "b.py")})],
        write(bench.root / "b.py", "b v3\n"),
    )
    said = bench.say("undo", "--yes")
    assert "Undone" in said
    assert (bench.text("b.py"), bench.text("a.py")) == ("b v2\n", "a v2, by hand\n")


# -- a record that comes late ----------------------------------------------------------------------


def test_the_diff_of_the_first_steps_is_not_believed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A formatter rewrites what each of two steps wrote, and the last diff comes late."""
    ask, stale = Sessions1._diff, ["+A v2", "+A v2"]

    def late(self: Sessions1, session: object, message_id: str) -> Sequence[FileDiff]:
        found = ask(self, session, message_id)  # type: ignore[arg-type]
        if not (found and stale and "+A v3" in found[0].patch):
            return found
        return [structs.replace(found[0], patch=found[0].patch.replace("+A v3", stale.pop()))]

    file = bench.root / "a.loud"
    file.write_text("A v1\n")
    with monkeypatch.context() as patched:
        patched.setattr(Sessions1, "_diff", late)
        done = bench.turn([write(file, "a v2\n")], [write(file, "a v3\n")], review="all")
    assert stale == []
    assert done.review is not None
    assert [(each.undone, each.why) for each in done.review.files] == [((0,), "")]
    assert bench.text("a.loud") == "A v1\n"


# -- at random -------------------------------------------------------------------------------------

OURS = ("a.py", "b.py", "new.txt", "sub dir/é.txt", "crlf.txt", "data/numbers.csv")
"""Files that both the user and the agent write."""
OUT_OF_REACH = ("run.log", "own/f.py")
BYTES = (
    b"one\n",
    b"one\r\ntwo\r\n",
    b"\xef\xbb\xbfmark\n",
    b"caf\xe9\n",
    b"\0\1\2",
    b"",
    b"end",
)


def some_bytes(rng: random.Random) -> bytes:
    found = b"".join(rng.choices(BYTES, k=rng.randint(1, 3)))
    return found + b"%d\n" % rng.randrange(1000) if found else found


Done = tuple[dict[str, Kept], dict[str, Kept], bool]


class Walk:
    """Turns, edits by hand, /undo and /redo in any order, each checked against the whole tree."""

    def __init__(self, bench: Bench, rng: random.Random) -> None:
        self.bench, self.root, self.rng = bench, bench.root, rng
        self.turns: list[Done] = []
        """The tree before and after each turn, and whether the server could record it."""
        self.undone: list[tuple[dict[str, Kept], set[str], Done]] = []
        """The tree before each undo, the files that it changed, and the turn."""
        own = bench.root / "own"
        own.mkdir()
        (own / "f.py").write_text("own v1\n")
        for words in ("init -q", "add -A", "commit -qm x"):
            bench.git(*words.split(), cwd=own)
        self.log: list[str] = []

    def act(self) -> None:
        actions = [self.turn, self.by_hand]
        actions += [self.by_hand, self.undo, self.undo] if self.turns else []
        actions += [self.redo] if self.undone else []
        action = self.rng.choice(actions)
        self.log.append(action.__name__)
        action()

    def turn(self) -> None:
        before, inner = kept(self.root), (self.root / "inner").exists()
        done = self.bench.turn(list(self._calls()), review=self.rng.choice(["", "", "none", "1"]))
        after = kept(self.root)
        self.turns.append((before, after, not inner))
        self.undone.clear()
        self.log[-1] += f" {sorted(changed(before, after))} {inner=}"
        for file in OUT_OF_REACH:
            named = [e.file for e in done.unrecorded]
            assert (file in named) is (before.get(file) != after.get(file)), (file, named)

    def _calls(self) -> Iterator[Call]:
        for file in self.rng.sample(OURS, self.rng.randint(1, 2)):
            there = (self.root / file).is_file() and not (self.root / file).is_symlink()
            match self.rng.choice(["write", "write", "bash", "rm", "mv", "ln"]):
                case "rm" if there:
                    yield bash(f"rm '{file}'")
                case "mv" if there:
                    yield bash(f"mv '{file}' 'moved-{self.rng.randrange(9)}'")
                case "bash":
                    octal = "".join(f"\\{byte:03o}" for byte in some_bytes(self.rng))
                    yield bash(f"mkdir -p 'sub dir'; rm -f '{file}'; printf '{octal}' > '{file}'")
                case "ln" if not there:
                    yield bash(f"ln -sfn a.py 'link-{self.rng.randrange(9)}'")
                case _:
                    text = some_bytes(self.rng).decode("latin-1") + f"{self.rng.random()}\n"
                    yield write(self.root / file, text)
        if self.rng.random() < 0.3:
            yield write(self.root / self.rng.choice(OUT_OF_REACH), f"{self.rng.random()}\n")

    def by_hand(self) -> None:
        names = [*OURS, *OUT_OF_REACH, "mine.txt", "mine.log", "moved-1"]
        path = self.root / self.rng.choice(names)
        path.parent.mkdir(exist_ok=True)
        what = self.rng.choice(
            ["write", "write", "unlink", "chmod", "rename", "link", "name", "inner"]
        )
        self.log[-1] += f" {what} {path.name}"
        if what == "inner":
            inner = self.root / "inner"
            shutil.rmtree(inner) if inner.exists() else nested(self.bench)
        elif what == "write" or not path.exists() or path.is_symlink():
            path.unlink(missing_ok=True)
            path.write_bytes(some_bytes(self.rng))
        elif what == "unlink":
            path.unlink()
        elif what == "chmod":
            path.chmod(self.rng.choice([0o600, 0o755, 0o644]))
        elif what == "rename":
            path.rename(path.with_name(f"renamed-{self.rng.randrange(99)}"))
        elif what == "link":
            path.unlink()
            path.symlink_to("README")
        else:
            other = path.with_name(f"other-{self.rng.randrange(99)}")
            other.unlink(missing_ok=True)
            os.link(path, other)

    def undo(self) -> None:
        force = self.rng.random() < 0.3
        now = kept(self.root)
        said = self.bench.say("undo", "--yes --force" if force else "--yes")
        then = kept(self.root)
        self.log[-1] += f" {force=} {sorted(changed(now, then))} {said[:300]!r}"
        if "Undone" not in said:
            assert then == now
            return
        before, after, recorded = self.turns.pop()
        mine = changed(before, after)
        assert others(then, mine) == others(now, mine)
        for file in mine:
            if held(then, file) != held(before, file):
                assert held(then, file) == held(now, file), file
                told = (f"`{file}`", COMMANDS, "was recorded")
                assert any(each in said for each in told) or "other-" in file, file
            if not force:
                assert file in OUT_OF_REACH or held(now, file) == held(after, file), file
        assert recorded or not mine or force or COMMANDS in said or "was recorded" in said
        self.undone.append((now, changed(now, then), (before, after, recorded)))

    def redo(self) -> None:
        force = self.rng.random() < 0.3
        now = kept(self.root)
        said = self.bench.say("redo", "--yes --force" if force else "--yes")
        then = kept(self.root)
        self.log[-1] += f" {force=} {sorted(changed(now, then))} {said[:300]!r}"
        if "Redone" not in said:
            assert then == now
            return
        mine = {file for _, files, _ in self.undone for file in files}
        assert others(then, mine) == others(now, mine)
        was: dict[str, Kept] = {}
        for tree, files, turn in reversed(self.undone):
            self.turns.append(turn)
            was |= {file: tree[file] for file in files if file in tree}
            for file in files - set(tree):
                was.pop(file, None)
        assert {f: held(then, f) for f in mine} == {f: held(was, f) for f in mine}
        self.undone.clear()


def changed(before: dict[str, Kept], after: dict[str, Kept]) -> set[str]:
    return {file for file in {*before, *after} if before.get(file) != after.get(file)}


def others(tree: dict[str, Kept], files: set[str]) -> dict[str, Kept]:
    return {file: found for file, found in tree.items() if file not in files}


def held(tree: dict[str, Kept], file: str) -> str | bytes | None:
    return tree[file][2] if file in tree else None


def walk(bench: Bench, rng: random.Random, actions: int) -> None:
    walk = Walk(bench, rng)
    try:
        for _ in range(actions):
            walk.act()
    except AssertionError:
        print(*walk.log, sep="\n")
        raise


@both
def test_files_that_are_not_of_the_turn_keep_their_bytes(
    bench: Bench, rng: random.Random, rounds: int
) -> None:
    walk(bench, rng, rounds)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(10))
def test_files_that_are_not_of_the_turn_keep_their_bytes_at_length(
    bench: Bench, rng: random.Random, number: int
) -> None:
    del number
    walk(bench, rng, 60)
