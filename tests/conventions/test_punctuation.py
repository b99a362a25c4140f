"""Chinese texts for people carry full-width signs. What is compared with files (headers, patterns, separators) is not for people."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HALF_WIDTH = re.compile(
    r"[\u4e00-\u9fff][,;!?](?! )|[,;!?][\u4e00-\u9fff「《“]|[\u4e00-\u9fff]:(?! [a-z])|[\u4e00-\u9fff]\([\u4e00-\u9fff]|[})]\([\u4e00-\u9fff]"
)
PATTERN = re.compile(r"\(\?:|\\s|\\d|\\Z|\]\+")
"""A literal with these is a pattern, not a text."""
COMPARED = {
    "pipelines/harmonize": "patterns of titles, dates and headers as counties write them",
    "pipelines/sample": "files as counties write them, with the signs of their keyboards",
    "pipelines/parse": "patterns of headers in files",
    "pipelines/reference": "names of published code lists",
    "pipelines/model/fields.py": "headers of the forms",
    "pipelines/model/header_text.py": "headers of the forms",
    "pipelines/model/value_marks.py": "marks as counties write them",
    "pipelines/model/units.py": "names as counties write them",
    "pipelines/model/concordance.py": "names as counties write them",
    "pipelines/model/formulas.py": "formulas of workbooks",
    "pipelines/model/message_samples.py": "facts of made-up files",
    "pipelines/returns/template.py": "labels of the form that the reader finds again",
    "pipelines/flow/dispatch/decision_file.py": "the syntax of a cell, as it is typed",
    "expectations/catalogue": "formulas",
}


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Lines of a template, literals of a module that are no docstrings."""
    content = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield from enumerate(re.sub(r"\{[{%#].*?[}%#]\}|<[^>]*>", "\x00", content).splitlines(), 1)
        return
    tree = ast.parse(content)
    prose = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in prose
            and not PATTERN.search(node.value)
        ):
            yield node.lineno, node.value


def test_chinese_texts_are_set_in_full_width_signs() -> None:
    looked_at, found = 0, []
    for top in ("pipelines", "expectations", "plugins", "dags"):
        for file in sorted((REPOSITORY / top).rglob("*")):
            place = file.relative_to(REPOSITORY).as_posix()
            if file.suffix not in (".py", ".j2", ".html") or any(place.startswith(compared) for compared in COMPARED):
                continue
            for line, text in texts(file):
                looked_at += 1
                found += [f"{place}:{line} {m.group()}" for m in HALF_WIDTH.finditer(text)]
    assert looked_at > 5000
    assert found == []


def test_english_texts_of_pages_are_set_in_half_width_signs() -> None:
    looked_at, found = 0, []
    for file in sorted((REPOSITORY / "pipelines").rglob("*.j2")):
        for span in re.findall(r'lang="en"[^>]*>([^<]*)', file.read_text(encoding="utf-8")):
            looked_at += 1
            text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", span)
            if re.search("[，。；：（）、]", text):
                found.append((file.name, span))
    assert looked_at > 50 and found == []
