"""The HTML of a diff: its text is the diff, its spans are what others rely upon."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import html5lib
from hypothesis import given
from hypothesis import strategies as st

from opencode_magic.render.blocks import ChangedFiles, Diff, Item
from opencode_magic.render.diff import from_texts, of_patch
from opencode_magic.render.diffhtml import MOST_BYTES
from opencode_magic.render.html import block_html
from opencode_magic.render.sheet import sheets
from opencode_magic.render.text import document_markdown, document_text
from tests.bench.diffs import changed_lines
from tests.render.judge import faults

MOST = 600_000
TEXT = st.text(st.sampled_from("<>&\"' \n\n\r\tab$\\`\u202e\x1b\ud800é日\u200d\U0001f468"))
JOINED = re.compile("(\U0001f468(?:<[^>]*>)*)\u200d(?=(?:<[^>]*>)*\U0001f468)")
"""A joiner that makes one picture of two, which a reader sees; any other is written out."""


def pre_of(markup: str) -> Element:
    tree = html5lib.parseFragment(markup, treebuilder="etree", namespaceHTMLElements=False)
    (pre,) = tree.iter("pre")
    found: Element = pre
    return found


@given(TEXT, TEXT)
def test_the_text_of_the_page_is_the_diff_whatever_is_in_it(before: str, after: str) -> None:
    block = from_texts(before, after, "f")
    if not block.patch:
        return
    (sheet,) = sheets(block.patch)
    markup = block_html(block)
    pre = pre_of(markup)
    assert "".join(pre.itertext()).split("\n") == [line.text for line in sheet.lines]
    spans = [(span.get("class"), "".join(span.itertext())) for span in pre]
    classes = {"add": "ocm-add k", "del": "ocm-del s", "hunk": "ocm-hunk"}
    assert spans == [(classes[x.kind], x.text) for x in sheet.lines if x.kind in classes]
    assert faults(JOINED.sub(r"\1", markup)) == set()


def test_a_diff_can_be_read_without_colours() -> None:
    markup = block_html(Diff("@@ -1 +1 @@\n-say <a>\n+say <b>", "f<>", 1, 1))
    assert '<span class="ocm-del s">-say &lt;<del>a</del>&gt;</span>' in markup
    assert '<span class="ocm-add k">+say &lt;<ins>b</ins>&gt;</span>' in markup
    assert '<div class="ocm-file"><code>f&lt;&gt;</code> (+1 -1)</div>' in markup


def test_a_renamed_file_stands_with_both_names() -> None:
    block = Diff("", "new.py", status="renamed", old="old.py", note="now executable")
    assert "<code>old.py</code> → <code>new.py</code> (renamed, now executable)" in block_html(
        block
    )


def test_several_files_in_one_patch_stand_under_their_names() -> None:
    patch = (
        "diff --git a/one b/one\n--- a/one\n+++ b/one\n@@ -1 +1 @@\n-a\n+b\n"
        "diff --git a/pic.png b/pic.png\nnew file mode 100644\nBinary files differ\n"
    )
    markup = block_html(of_patch(patch, "2 files"))
    titles = re.findall(r'<div class="ocm-file">(.*?)</div>', markup)
    assert titles == [
        "<code>2 files</code> (+1 -1)",
        "<code>one</code> (+1 -1)",
        "<code>pic.png</code> (new, binary)",
    ]
    assert markup.count("<pre") == 1


def test_five_thousand_changed_lines_are_all_there_in_so_many_bytes() -> None:
    block = of_patch(changed_lines(2_500), "prices.py")
    markup = block_html(block)
    assert (markup.count("ocm-add"), markup.count("ocm-del")) == (2_500, 2_500)
    assert markup.count("<ins>") >= 2_500
    assert "ocm-notice" not in markup
    assert len(markup.encode()) <= MOST


def test_lines_go_before_marks_where_there_is_no_room_for_both() -> None:
    wide = "".join(f"-{'<é>' * 7} {n} old\n+{'<é>' * 7} {n} new\n" for n in range(2_500))
    markup = block_html(of_patch(f"@@ -1,2500 +1,2500 @@\n{wide}", "wide"))
    assert markup.count("ocm-add") == 2_500
    assert re.search(r"Changed words are marked in the first [\d,]+ lines\.", markup)
    assert len(markup.encode()) <= MOST


def test_what_there_is_no_room_for_is_counted() -> None:
    wide = "".join(f"+{'<' * 150}{n}\n" for n in range(2_000))
    markup = block_html(of_patch(f"@@ -0,0 +1,2000 @@\n{wide}", "wide"))
    found = re.search(
        r"2,000 changed lines: the first ([\d,]+) lines of the diff are shown", markup
    )
    assert found
    assert int(found[1].replace(",", "")) == markup.count("ocm-add") + 1
    assert MOST_BYTES - 2_000 < len(markup.encode()) <= MOST


def test_files_share_the_room_so_that_small_ones_are_whole() -> None:
    small = of_patch("@@ -1 +1 @@\n-a\n+b", "small")
    big = of_patch(changed_lines(2_500), "big")
    markup = block_html(ChangedFiles((big, big, small)))
    assert "3 files changed (+5,001 -5,001)" in markup
    assert markup.count("5,000 changed lines: the first") == 2
    assert '<span class="ocm-del s">-a</span>' in markup
    assert len(markup.encode()) <= MOST


def test_a_file_without_lines_has_nothing_to_open() -> None:
    markup = block_html(ChangedFiles((Diff("", "pic.png", status="added", note="binary"),)))
    assert "<details" not in markup
    assert "<code>pic.png</code> (new, binary)" in markup


def test_the_list_of_very_many_files_ends() -> None:
    markup = block_html(ChangedFiles(tuple(Diff("", f"f{n}") for n in range(1_200))))
    assert "1,200 files changed" in markup
    assert "200 more files are not listed." in markup


def test_the_text_forms_show_the_same_lines() -> None:
    items = [Item("d", of_patch("@@ -1 +1 @@\n-a\r\n+a\n", "f"))]
    lines = ["Only the line endings change (CRLF to LF).", "@@ -1 +1 @@", "-a\\r", "+a"]
    text = ["f (+1 -1)", *(f"  {line}" for line in lines), ""]
    assert document_text(items).split("\n") == text
    markdown = ["`f` (+1 -1)", "", "```diff", *lines, "```", ""]
    assert document_markdown(items).split("\n") == markdown
