"""What a signer reads in Markdown is what was written."""

from __future__ import annotations

import html

import pytest
from markdown_it import MarkdownIt

from pipelines.publish.markdown_text import markdown_text


@pytest.mark.parametrize(
    "text",
    [
        "<bdo dir=rtl>750</bdo><style>td{color:#fff}</style>",
        "[批准](https://evil.example) ![x](//evil.example/p.png) https://evil.example www.evil.example",
        "**已核** `code` ~~删去~~ a | b \\ &lt; # 标题",
    ],
)
def test_marks_tags_and_links_are_text(text: str) -> None:
    made = MarkdownIt("gfm-like", {"html": True, "linkify": True}).render(f"| a |\n|---|\n| {markdown_text(text)} |\n")
    cell = made.split("<td>")[1].split("</td>")[0]
    assert "<" not in cell and html.unescape(cell) == text


def test_a_text_of_lines_stays_in_its_cell() -> None:
    assert markdown_text("一\n\n# 二\r\n- 三") == "一 \\# 二 - 三"
