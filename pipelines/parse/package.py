"""Packages: several files in one zip, one level deep. Every table in it belongs to the submission; scans and letters are listed.

`manifest.json` inside may declare unit, period, form, amount_unit and `parts`: the names of the files that belong together, or
their number. A part that is missing refuses the whole package: half a return must not pass for a return."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from pipelines.model.raw import ParsedFile
from pipelines.model.submissions import Problem
from pipelines.model.visible_text import visible

MANIFEST = "manifest.json"
MAX_MANIFEST = 65_536
KEYS = ("unit", "period", "form", "amount_unit", "nil")
_UNREAD_TEXT = {"utf16", "undecodable", "nul", "control", "replacement_character", "csv_quote", "line_too_long"}
ReadMember = Callable[[bytes, str], ParsedFile]


def read_package(files: Mapping[str, bytes], name: str, read: ReadMember) -> ParsedFile:
    """All files of a package through `read`. A damaged member, a package in a package or a missing part is a problem of the
    whole; what is no table at all (a PDF, a letter, a note) is only listed. `NAME.manifest.json` speaks for the file NAME alone."""
    meta, parts, problems = _manifest(next((files[n] for n in files if _is_manifest(n)), None))
    sidecars, sidecar_problems = _sidecars(files)
    problems += sidecar_problems
    members: list[ParsedFile] = []
    others: list[str] = []
    for member, content in files.items():
        if _is_manifest(member) or member.casefold().endswith(f".{MANIFEST}"):
            continue
        parsed = read(content, member)
        if parsed.kind == "package":
            problems.append(Problem("A01", sheet=member, params={"kind": "nested_package", "part": member}))
        elif _is_companion(parsed, content) and member not in sidecars and not _is_named(member, parts):
            others.append(member)
        elif parsed.problems:
            problems += [replace(p, sheet=f"{member}/{p.sheet}".rstrip("/")) for p in parsed.problems]
        else:
            sheets = tuple(replace(sheet, member=member) for sheet in parsed.sheets)
            members.append(replace(parsed, sheets=sheets, meta={**sidecars.get(member, {}), **parsed.meta}))
    problems += _missing(parts, [member.name for member in members], {p.sheet.split("/")[0] for p in problems})
    if not members and not problems:
        seen = ", ".join(others[:5])
        problems.append(Problem("A01", params={"kind": "no_table_inside", "seen": seen}))
    return ParsedFile(name, "zip", problems=tuple(problems), meta=meta, members=tuple(members), others=tuple(others))


def _is_companion(parsed: ParsedFile, content: bytes) -> bool:
    """What comes along with a return and is none: a photo, a scan, a letter, an empty note, a note in an encoding that is not
    read. A text that has the lines and columns of a table is no note: half a return must not pass for a return."""
    kinds = {problem.params.get("kind") for problem in parsed.problems}
    if kinds and kinds <= {"unknown_type", "empty_file"}:
        return True
    if not kinds or not kinds <= _UNREAD_TEXT:
        return False
    for encoding in ("utf-16", "utf-8", "gb18030", "latin-1"):
        with contextlib.suppress(UnicodeDecodeError):
            lines = content.decode(encoding).splitlines()
            return not any(sum(line.count(mark) >= 2 for line in lines) >= 2 for mark in ",;\t")
    return False


def _sidecars(files: Mapping[str, bytes]) -> tuple[dict[str, dict[str, str]], list[Problem]]:
    """What NAME.manifest.json declares of the file NAME; one without its file means that the file is missing."""
    found: dict[str, dict[str, str]] = {}
    problems: list[Problem] = []
    for name, content in files.items():
        if not name.casefold().endswith(f".{MANIFEST}") or _is_manifest(name):
            continue
        member = name[: -len(MANIFEST) - 1]
        declared, _, wrong = _manifest(content)
        problems += [replace(problem, sheet=name) for problem in wrong]
        if member in files:
            found[member] = declared
        else:
            params = {"kind": "part_missing", "expected": "1", "got": "0", "part": member}
            problems.append(Problem("A01", sheet=name, params=params))
    return found, problems


def _is_manifest(name: str) -> bool:
    return PurePosixPath(name).name.casefold() == MANIFEST


def _manifest(content: bytes | None) -> tuple[dict[str, str], tuple[str, ...] | int, list[Problem]]:
    """(what it declares, the parts it names or their number, problems)."""
    if content is None:
        return {}, (), []
    try:
        if len(content) > MAX_MANIFEST:
            raise ValueError("too large")
        given = json.loads(visible(content.decode("utf-8")))
        if not isinstance(given, dict):
            raise ValueError("not an object")
        parts = given.get("parts", ())
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
            parts = tuple(parts)
        elif isinstance(parts, str) and parts.isdigit():
            parts = int(parts)
        elif parts != () and (not isinstance(parts, int) or isinstance(parts, bool)):
            raise ValueError("parts")
        unknown = [key for key in given if key not in (*KEYS, "parts")]
        if unknown or not all(isinstance(given.get(key, ""), str) for key in KEYS):
            raise ValueError(", ".join(map(str, unknown)) or "a value is no text")
    except (ValueError, RecursionError) as error:
        params = {"kind": "bad_manifest", "reason": str(error)[:100]}
        return {}, (), [Problem("A01", sheet=MANIFEST, params=params)]
    return {key: given[key] for key in KEYS if key in given}, parts, []


def _is_named(member: str, parts: tuple[str, ...] | int) -> bool:
    return not isinstance(parts, int) and (member in parts or PurePosixPath(member).name in parts)


def _missing(parts: tuple[str, ...] | int, found: list[str], broken: set[str]) -> Iterator[Problem]:
    if isinstance(parts, int):
        if len(found) != parts and not broken:
            params = {"kind": "part_missing", "expected": str(parts), "got": str(len(found)), "part": ", ".join(found)}
            yield Problem("A01", params=params)
        return
    names = {PurePosixPath(name).name for name in found} | set(found)
    absent = [part for part in parts if part not in names and part not in broken]
    if absent:
        params = {"kind": "part_missing", "expected": str(len(parts)), "got": str(len(parts) - len(absent))}
        yield Problem("A01", params={**params, "part": ", ".join(absent)})
