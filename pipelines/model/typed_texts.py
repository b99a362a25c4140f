"""Words as people type them, in a command, in a form of a page, in Airflow or in a register: one reading, one refusal. They are printed in
editions, receipts, messages and lists, where nobody sees what is hidden in them."""

from __future__ import annotations

import re

from ..errors import Terminal
from .visible_text import reversing_mark, visible

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SHOWN = 20


def typed_text(text: str) -> str:
    """The text without white space around it and without characters that nobody sees, its lines ended by a line feed. Terminal for a text
    that a screen shows otherwise than it is stored: whoever signs, decides or reads would see other words than the books keep."""
    if mark := reversing_mark(text):
        begins = visible(text)[:_SHOWN]
        raise Terminal(
            f"「{begins}」中有看不见的反向字符 U+{ord(mark):04X}，显示的与存下的不同；未保存",
            f"“{begins}” holds the invisible character U+{ord(mark):04X}, behind which text runs from right to left: nothing was saved",
            "重新输入这段文字，不要粘贴 / type the text again instead of pasting it",
        )
    return visible(_LINE_ENDS.sub("\n", text).replace("\x1f", " ")).strip()


def typed_line(text: str) -> str:
    """The same of what is one line: a name, the number of a document."""
    return " ".join(typed_text(text).split())
