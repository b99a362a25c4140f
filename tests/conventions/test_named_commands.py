"""A remedy names what can be typed: every `saima …` in a text of the program, its pages and READMEs is a command, with its options."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import typer

from pipelines.cli.app import app

REPOSITORY = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"saima ((?:[a-z][a-z-]*|\0)(?: (?:[a-z][a-z-]*|\0))*)([^`\"/|·;；，。、）)]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
PUT_TOGETHER = "\0"
"""What a text fills in where it is made."""


def texts(file: Path) -> Iterator[tuple[int, str]]:
    """Literals of a module with what is filled in as PUT_TOGETHER, lines of anything else."""
    content = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield from enumerate(content.splitlines(), 1)
        return
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.JoinedStr):
            parts = (str(one.value) if isinstance(one, ast.Constant) else PUT_TOGETHER for one in node.values)
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def unknown(root: click.Command, text: str) -> Iterator[str]:
    """What a text names that cannot be typed."""
    for found in NAMED.finditer(text):
        command, words = root, found.group(1).split(" ")
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
        a_group = hasattr(command, "commands")
        if a_group and words and words[0] != PUT_TOGETHER:
            yield found.group(0)
        known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
        if not a_group and set(OPTION.findall(found.group(2))) - known:
            yield found.group(0)


def test_what_texts_say_to_type_can_be_typed() -> None:
    root = typer.main.get_command(app)
    files = [
        *(one for kind in ("py", "html", "j2") for one in (REPOSITORY / "pipelines").rglob(f"*.{kind}")),
        *(one for folder in ("plugins", "dags") for one in (REPOSITORY / folder).rglob("*.py")),
        REPOSITORY / "README.md",
    ]
    read = [(file, line, text) for file in files for line, text in texts(file)]
    assert sum("saima " in text for *_, text in read) > 200, "looked at nothing"
    wrong = [
        f"{file.relative_to(REPOSITORY)}:{line}: {one}" for file, line, text in read for one in unknown(root, text)
    ]
    assert not wrong, "\n".join(wrong)


def test_an_unknown_command_or_option_is_seen() -> None:
    root = typer.main.get_command(app)
    assert list(unknown(root, "saima dispatch decisions --subject X"))
    assert list(unknown(root, "saima gate 2022-06"))
    assert not list(unknown(root, "saima dispatch decide budget \0 AMOUNT --from \0; saima late P --csv F"))
