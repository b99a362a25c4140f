"""In which encoding a text file is: UTF-8, else what the programme says its senders use; strictly decoded, or named in a problem A02."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from pipelines.model.submissions import Problem
from pipelines.model.visible_text import reversing_mark, visible

UTF_8 = ("utf-8-sig", "utf-8")
ENCODINGS = ("gb18030",)
"""What text files may be that are no UTF-8, where a programme says nothing. UTF-8 is tried first: GB18030 decodes six of sixteen short
UTF-8 texts without an error, UTF-8 none of GB18030 (domain.md §5)."""
WESTERN = frozenset(("cp1252", "latin-1"))
_END_OF_FILE = b"\x1a"
"""What programs of the time of DOS write behind a text; the statistical ones of the counties still do."""
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]")


def decode(content: bytes, encodings: Sequence[str] = ENCODINGS) -> tuple[str, str, Problem | None]:
    """(text, encoding, None), or a problem A02 that names the likely encoding and the offset."""
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "", "", text_problem("A02", "utf16", likely="UTF-32")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode_utf16(content)
    content = content.removesuffix(_END_OF_FILE)
    nul = content.find(b"\x00")
    if nul >= 0:
        likely = _utf16(content[:20_000])
        if likely:
            return "", "", text_problem("A02", "utf16", likely=likely)
        return "", "", text_problem("A02", "nul", offset=nul)
    offset = 0
    for encoding in (*UTF_8, *encodings):
        if encoding == "utf-8-sig" and not content.startswith(b"\xef\xbb\xbf"):
            continue
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            offset = max(offset, error.start)
            continue
        if problem := _replaced(text) or _reversed(text):
            return "", "", problem
        if control := _CONTROL.search(text):
            name = _in_escapes(content)
            if name:
                return "", "", text_problem("A02", "utf16", likely=name)
            return "", "", _controlled(text, control)
        if encoding in WESTERN and _is_gb18030(content):
            return "", "", text_problem("A02", "undecodable", likely="GB18030", offset=offset)
        if encoding == "gb18030" and not _is_chinese(text):
            if set(encodings) & WESTERN:
                continue
            return "", "", text_problem("A02", "undecodable", likely=_likely(content), offset=offset)
        if text.isascii() and (name := _in_escapes(content)):
            return "", "", text_problem("A02", "utf16", likely=name)
        return visible(text), encoding, None
    return "", "", text_problem("A02", "undecodable", likely=_likely(content), offset=offset)


def _decode_utf16(content: bytes) -> tuple[str, str, Problem | None]:
    """A text with the mark of UTF-16, which is what Excel saves as "Unicode text": the mark leaves no doubt, so it is read, strictly."""
    try:
        text = content.decode("utf-16")
    except UnicodeDecodeError as error:
        likely = "UTF-16LE" if content.startswith(b"\xff\xfe") else "UTF-16BE"
        return "", "", text_problem("A02", "undecodable", likely=likely, offset=error.start)
    if "\x00" in text:
        return "", "", text_problem("A02", "nul", offset=2 + 2 * text.index("\x00"))
    if problem := _replaced(text) or _reversed(text):
        return "", "", problem
    if control := _CONTROL.search(text):
        return "", "", _controlled(text, control)
    return visible(text), "utf-16", None


def _replaced(text: str) -> Problem | None:
    """A character that an earlier program put in place of one it could not read."""
    if "\ufffd" not in text:
        return None
    return text_problem("A02", "replacement_character", row=text.count("\n", 0, text.index("\ufffd")) + 1)


def _reversed(text: str) -> Problem | None:
    """A mark after which a screen shows another text than the file holds."""
    mark = reversing_mark(text)
    if mark is None:
        return None
    row = text.count("\n", 0, text.index(mark)) + 1
    return text_problem("A02", "reversed_text", row=row, code=f"U+{ord(mark):04X}")


def _controlled(text: str, control: re.Match[str]) -> Problem:
    line = text.count("\n", 0, control.start()) + 1
    return text_problem("A02", "control", row=line, code=f"U+{ord(control[0]):04X}")


def _is_gb18030(content: bytes) -> bool:
    """Whether bytes that a Western encoding would take are Chinese: every byte is a letter to it."""
    try:
        return _is_chinese(content.decode("gb18030"))
    except UnicodeDecodeError:
        return False


def _in_escapes(content: bytes) -> str:
    """The seven-bit encoding a text of ASCII alone is written in, where it hides Chinese: UTF-7, HZ, ISO-2022."""
    for mark, name in ((b"+", "UTF-7"), (b"~{", "HZ"), (b"\x1b$", "ISO-2022-JP")):
        if mark not in content:
            continue
        try:
            text = content[:20_000].decode(name, "ignore")
        except (UnicodeDecodeError, ValueError):
            continue
        if sum("\u4e00" <= char <= "\u9fff" for char in text) >= 4:
            return name
    return ""


def _utf16(sample: bytes) -> str:
    """The encoding of a text in UTF-16 or UTF-32 without its mark: decoded, it has the commas or line ends of a table."""
    even = sample[: len(sample) // 4 * 4]
    for name in ("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE"):
        try:
            text = even.decode(name, "strict" if "32" in name else "replace")
        except UnicodeDecodeError:
            continue
        if any(mark in text for mark in ",;\t\n") and "\x00" not in text:
            return name
    return ""


def _is_chinese(text: str) -> bool:
    """Whether a text decoded as GB18030 is Chinese: at least half of its characters beyond ASCII are punctuation or among the
    3,755 common ones (GB 2312 level 1), and hardly any is Japanese kana or private. Western text in an 8-bit encoding decodes
    too, but into rare characters; Big5 into common ones among private ones and kana."""
    codes = np.frombuffer(text[:200_000].encode("utf-32-le", "surrogatepass"), dtype="<u4")
    beyond, counts = np.unique(codes[codes >= 0x80], return_counts=True)
    common = strange = 0
    for char, count in zip(map(chr, beyond.tolist()), counts.tolist(), strict=True):
        code = char.encode("gb18030")
        if len(code) == 2 and (0xA1 <= code[0] <= 0xA9 or (0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1)):
            common += count
        if "\ue000" <= char <= "\uf8ff" or "\u3041" <= char <= "\u30ff":
            strange += count
    size = int(counts.sum())
    return 2 * common >= size and 20 * strange <= size


def _likely(content: bytes) -> str:
    """The encoding a text that is neither UTF-8 nor GB18030 was probably written in; a name for the message only."""
    sample = content[:20_000]
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    accents = sum(runs) < 1.7 * len(runs)  # single letters among ASCII; East Asian characters stand together
    for encoding in () if accents else ("big5", "shift_jis", "euc_kr"):
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any("\u4e00" <= char <= "\u9fff" for char in text):
            return encoding.upper()
    if any(0x80 <= byte < 0xA0 for byte in sample):
        return "Windows-1252"
    return "ISO-8859-1"


def text_problem(rule: str, kind: str, row: int | None = None, **params: object) -> Problem:
    return Problem(rule, row=row, params={"kind": kind, **{key: str(value) for key, value in params.items()}})
