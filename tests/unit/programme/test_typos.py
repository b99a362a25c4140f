"""Typos that load: every key, every column, every closed set and every reference of a folder, spoiled one after another. Each is an
error with its file, its line, the value and what is allowed; all of a folder are found in one run."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import ConfigError, ConfigErrors
from pipelines.model.programme import Programme

Load = Callable[[Path], Programme]


def errors_of(folder: Path, load: Load) -> tuple[ConfigError, ...]:
    with pytest.raises(ConfigError) as raised:
        load(folder)
    found = raised.value
    return found.errors if isinstance(found, ConfigErrors) else (found,)


def at_line(errors: tuple[ConfigError, ...], path: Path, line: int) -> list[ConfigError]:
    return [error for error in errors if Path(error.file) == path and error.line == line]


def misspelt(word: str) -> str:
    """Two letters in the wrong order, as fingers do it; one more letter where that changes nothing."""
    for at in range(len(word) - 1, 0, -1):
        turned = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
        if turned != word:
            return turned
    return word + "x"


FORMS = ("project_month", "unit_month", "city_month", "dispatch_month")
TOML_FILES = (
    "programme.toml",
    "method.toml",
    "sources.toml",
    "channels.toml",
    *(f"forms/{form}.toml" for form in FORMS),
)
KEY = re.compile(r"^([a-z][a-z0-9_]*)( = )")


@pytest.mark.parametrize("name", TOML_FILES)
def test_every_key_of_a_file_misspelt(folder: Path, loaded: Load, name: str) -> None:
    path = folder / name
    lines = path.read_text(encoding="utf-8").splitlines()
    spoiled: dict[int, str] = {}
    for number, line in enumerate(lines):
        if match := KEY.match(line):
            spoiled[number + 1] = match[1]
            lines[number] = misspelt(match[1]) + line[match.end(1) :]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert len(spoiled) > 2
    errors = errors_of(folder, loaded)
    for line, key in spoiled.items():
        found = at_line(errors, path, line)
        assert any("unknown key" in e.en and e.value == misspelt(key) and key in e.allowed for e in found), (line, key)
    missing = [e.en for e in errors if "is missing" in e.en and Path(e.file) == path]
    assert missing == [], "a misspelt key is one error, not two"


CSV_FILES = (
    "units.csv",
    "unit_members.csv",
    "unit_tiles.csv",
    "calendar.csv",
    "seasonal.csv",
    "targets.csv",
    "lists.csv",
    "contacts.csv",
)


@pytest.mark.parametrize("name", CSV_FILES)
def test_every_column_of_a_file_misspelt(folder: Path, loaded: Load, name: str) -> None:
    path = folder / name
    header, _, rest = path.read_text(encoding="utf-8").partition("\n")
    columns = header.split(",")
    path.write_text(",".join(map(misspelt, columns)) + "\n" + rest, encoding="utf-8")
    found = at_line(errors_of(folder, loaded), path, 1)
    assert {e.value for e in found} >= {misspelt(column) for column in columns}
    assert all(set(columns) <= set(e.allowed) for e in found)


REFERENCES = [
    # file, column, what may stand there instead, how the message begins
    ("unit_members.csv", "unit_code", "330411", "unknown unit_code"),
    ("calendar.csv", "form", "unit_month", "unknown form"),
    ("targets.csv", "scope", "330402", "unknown scope"),
    ("contacts.csv", "unit_code", "330402", "unknown unit_code"),
    ("contacts.csv", "form", "unit_month", "unknown form"),
    ("contacts.csv", "channel", "outbox", "no channel"),
    ("units.csv", "parent", "330400", "unknown parent"),
    ("unit_members.csv", "kind", "township", "is not allowed"),
    ("unit_members.csv", "sign", "-1", "is not allowed"),
    ("targets.csv", "metric", "growth", "is not allowed"),
    ("targets.csv", "operator", ">=", "is not allowed"),
    ("units.csv", "kind", "county", "is not allowed"),
    ("units.csv", "official", "true", "neither true nor false"),
    ("contacts.csv", "audience", "county", "is not allowed"),
]


@pytest.mark.parametrize(("name", "column", "allowed", "says"), REFERENCES)
def test_every_reference_of_a_column_misspelt(
    folder: Path, loaded: Load, name: str, column: str, allowed: str, says: str
) -> None:
    """Every row of the file at once: each is an error of its own line."""
    path = folder / name
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    at = header.split(",").index(column)
    spoiled = {}
    for number, row in enumerate(rows):
        cells = row.split(",")
        if cells[at] and '"' not in row:
            wrong = f"{cells[at][:-1]}x{cells[at][-1:]}" if column != "operator" else "=>"
            spoiled[number + 2] = wrong
            rows[number] = ",".join((*cells[:at], wrong, *cells[at + 1 :]))
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    assert len(spoiled) > 2
    errors = errors_of(folder, loaded)
    for line, wrong in spoiled.items():
        found = [e for e in at_line(errors, path, line) if says in e.en]
        assert found and found[0].value == wrong and allowed in found[0].allowed, (line, wrong)


def edit(path: Path, old: str, new: str) -> int:
    """Replaces the first occurrence of `old`; returns the line it stood on, or the line of the marked text `⟨…⟩` of `new`."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} does not occur"
    start = text.index(old)
    marked = new.find("⟨")
    path.write_text(text.replace(old, new.replace("⟨", "").replace("⟩", ""), 1), encoding="utf-8")
    return text[:start].count("\n") + 1 + (new[:marked].count("\n") if marked >= 0 else 0)


UNIT = "forms/unit_month.toml"
CASES = Path(__file__).parent / "broken_folders.csv"


def cases() -> list[tuple[str, str, str, str, str | None, str]]:
    """broken_folders.csv: file, old text, new text (⟨the line of the error⟩ where it is not the first), what is said, the value
    named (- for any), a value that is allowed. Line breaks are written \\n, invisible characters as escapes."""
    with CASES.open(encoding="utf-8", newline="") as file:
        rows = [{name: _unescaped(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    return [
        (r["file"], r["old"], r["new"], r["says"], None if r["value"] == "-" else r["value"], r["allowed"])
        for r in rows
    ]


def _unescaped(cell: str) -> str:
    return cell.replace("\\n", "\n").replace("\\u200b", "\u200b")


BROKEN = cases()


@pytest.mark.parametrize(
    ("name", "old", "new", "says", "value", "allowed"), BROKEN, ids=[f"{n:03}" for n in range(len(BROKEN))]
)
def test_a_typo_is_named_with_line_value_and_what_is_allowed(
    folder: Path, loaded: Load, name: str, old: str, new: str, says: str, value: str | None, allowed: str
) -> None:
    line = edit(folder / name, old, new)
    errors = errors_of(folder, loaded)
    found = [error for error in errors if says in error.en]
    assert found, [error.en for error in errors]
    error = found[0]
    assert any("\u4e00" <= character <= "\u9fff" for character in error.zh), "says it in Chinese"
    if Path(error.file) == folder / name:  # what two files say differently is an error of one of them
        stands = (folder / name).read_text(encoding="utf-8").splitlines()[(error.line or 0) - 1]
        assert error.line == line or abs((error.line or 0) - line) <= 1 or (value and value in stands), (
            error.line,
            line,
        )
    assert value is None or error.value == value
    assert not allowed or allowed in error.allowed


def test_all_errors_of_six_files_in_one_run(folder: Path, loaded: Load) -> None:
    """Where one file is wrong the others are still looked at, and a folder is put right in one go."""
    spoiled = [
        (folder / "programme.toml", '"Asia/Shanghai"', '"Asia/Shanghia"'),
        (folder / "units.csv", "county,330400,,,true", "county,330400,,,yes"),
        (folder / "calendar.csv", "unit_month,2022-06", "unit_moth,2022-06"),
        (folder / UNIT, 'measure = "wan_yuan"\nkey', 'measure = "wan_yaun"\nkey'),
        (folder / UNIT, "partial = false", 'partial = "no"'),
        (folder / "method.toml", 'late_cap = "2"', 'late_cap = "two"'),
        (folder / "sources.toml", 'kind = "folder"', 'kind = "fodler"'),
        (folder / "channels.toml", 'kind = "file"', 'kind = "flie"'),
    ]
    lines = [(path, edit(path, old, new)) for path, old, new in spoiled]
    errors = errors_of(folder, loaded)
    assert all(at_line(errors, path, line) for path, line in lines)
    assert len(errors) <= len(lines) + 1, "\n".join(error.said_en for error in errors)
    shown = str(ConfigErrors(errors))
    assert f"{len(errors)} errors" in shown
    assert all(f"{path}:{line}: " in shown for path, line in lines)


def test_there_are_a_hundred_broken_folders() -> None:
    assert len(BROKEN) > 95
    assert len({(name, old, new) for name, old, new, *_ in BROKEN}) == len(BROKEN)
