"""The monthly validation report as a folder: index.html for reading and printing, report.json, the ESS validation report, and its
tables as CSV. For the bureau: it holds rows and amounts and is never published."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from .atomic_file import write_whole
from .csv_table import safe_text

TEMPLATES = Path(__file__).parent / "templates"
TIMELINESS: Mapping[str, str] = {
    "in_time": "按时",
    "late": "迟报",
    "not_corrected_in_time": "逾期未更正",
    "missing": "未报",
    "none_due": "",
}
WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("未报", "missing"),
    "accepted": ("通过", "accepted"),
    "rejected": ("退回更正", "rejected"),
    "accepted_with_queries": ("通过，待核实", "with queries"),
    "unreadable": ("无法读取", "unreadable"),
    "returned": ("市局退回", "returned"),
    "superseded": ("已被替换", "superseded"),
    "given": ("待核定", "given"),
}
TABLES: Mapping[str, tuple[str, ...]] = {
    "units": (
        "unit",
        "name",
        "form",
        "state",
        "submission",
        "version",
        "arrived_at",
        "versions",
        "timeliness",
        "workdays_late",
        "root_cause_zh",
        "errors",
        "queries",
        "open_queries",
        "information",
    ),
    "rules": (
        "rule",
        "level",
        "severity",
        "evaluated",
        "not_applicable",
        "rows",
        "findings",
        "errors",
        "queries",
        "answered",
    ),
    "queries": (
        "order",
        "unit",
        "name",
        "form",
        "submission",
        "rule",
        "sheet",
        "cell",
        "row",
        "field",
        "value",
        "answered",
        "amount",
        "share",
        "growth_points",
        "message_zh",
        "message_en",
    ),
    "explanations": (
        "id",
        "unit",
        "form",
        "rule",
        "row_key",
        "field",
        "value",
        "period",
        "until",
        "reason",
        "text",
        "origin",
        "state",
        "by",
        "at",
        "decided_by",
        "decided_at",
        "remark",
    ),
    "waivers": ("id", "unit", "form", "rule", "row_key", "field", "value", "period", "until", "reason", "granted"),
    "changes": (
        "unit",
        "period",
        "form",
        "submission",
        "version",
        "causes",
        "judged_at",
        "verdict_before",
        "verdict",
        "change",
        "rule",
        "severity",
        "cell",
        "row",
        "field",
        "value",
        "message_zh",
        "message_en",
    ),
    "returns": ("submission", "reason", "by", "at", "deadline", "withdrawn"),
}


def render_report(document: Mapping[str, Any], ess: Sequence[Mapping[str, Any]], zh: str, en: str, out: Path) -> None:
    """Writes the folder; the same report gives the same bytes."""
    out.mkdir(parents=True, exist_ok=True)
    files = {
        "index.html": _page(document, zh, en).encode(),
        "report.json": _json(document),
        "validation_report.json": _json(ess),
        **{
            f"{name}.csv": _csv(_changed(document) if name == "changes" else document[name], columns)
            for name, columns in TABLES.items()
        },
    }
    for name, content in files.items():
        write_whole(out / name, content)


def _changed(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One line a finding that came or went."""
    return [
        {
            **finding,
            **{k: v for k, v in change.items() if k not in ("appeared", "disappeared")},
            "causes": " ".join(change["causes"]),
            "change": kind,
        }
        for change in document["changes"]
        for kind in ("appeared", "disappeared")
        for finding in change[kind]
    ]


def _page(document: Mapping[str, Any], zh: str, en: str) -> str:
    css = (TEMPLATES / "edition.css").read_text(encoding="utf-8")
    style = base64.b64encode(sha256(css.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        css=Markup(css),  # noqa: S704  # our own file, hashed into the page's policy
        policy=f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'",
        report=document,
        zh=zh,
        en=en,
        words=WORDS,
        timeliness=TIMELINESS,
        found=[r for r in document["rules"] if r["findings"]],
        open_queries=[q for q in document["queries"] if not q["answered"]],
        broken_off=sum(1 for r in document["rules"] if not r["evaluated"]),
    )


def _json(document: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        flat = {**row, **row.get("impact", {})}
        writer.writerow([safe_text(v) if isinstance(v, str) else v for v in (flat.get(name) for name in columns)])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "backslashreplace")
