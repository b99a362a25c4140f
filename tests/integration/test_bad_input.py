"""What counties send when things go wrong: each file gets a verdict, is archived, is shown, and stops nobody else's."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from pipelines.flow.exchange.collect import collect
from pipelines.flow.feedback.write_feedback import write_due_feedback
from pipelines.flow.intake.process import process
from pipelines.flow.records.submission_status import status_document
from pipelines.flow.runtime.context import Context, open_context
from pipelines.model.periods import Period
from pipelines.settings import REPOSITORY, Settings

pytestmark = pytest.mark.slow

NOW = datetime(2022, 7, 12, 4, tzinfo=UTC)
ARRIVED = datetime(2022, 7, 8, 2, tzinfo=UTC).timestamp()
HEADER = "行政区划代码,单位名称,指标名称,计量单位,统计口径,本年累计,上年同期"


def unit_csv(unit: str, name: str, rows: list[str] | None = None, title: str | None = None) -> str:
    lines = [title or f"{name}2022年1-6月制造业投资汇总表,,,,,,", "单位:万元,,,,,,", HEADER]
    return (
        "\n".join([*lines, *(rows if rows is not None else [f"{unit},{name},制造业投资,万元,管理,1162800,760000"])])
        + "\n"
    )


def far_cell_workbook(path: Path) -> None:
    """A workbook of a kilobyte whose only cells are A1 and XFD1048576: it aborts calamine."""
    sheet = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?><Relationships '
        'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> tuple[Context, Path]:
    home = tmp_path_factory.mktemp("bad")
    folder = home / "incoming"
    folder.mkdir()
    texts = {
        "good.csv": unit_csv("330481", "海宁市"),
        "empty.csv": "",
        "no_rows.csv": unit_csv("330402", "南湖区", rows=[]),
        "wrong_month.csv": unit_csv("330424", "海盐县", title="海盐县2022年1月制造业投资汇总表,,,,,,"),
        "no_unit.csv": unit_csv(
            "", "", rows=[",,制造业投资,万元,管理,100,90"], title="2022年1-6月制造业投资汇总表,,,,,,"
        ),
        "unknown_columns.csv": unit_csv("330482", "平湖市")
        .replace("上年同期", "去年的数")
        .replace("计量单位", "神秘列"),
        "neighbour.csv": unit_csv("330483", "桐乡市", rows=["330402,南湖区,制造业投资,万元,管理,861000,700000"]),
        "no_amount_unit.csv": unit_csv("330421", "嘉善县").replace("单位:万元", "单位:万美元"),
        "prose.txt": "各位领导:本月报表稍后报送。\n",
        "名称'; DROP TABLE submission; --.csv": unit_csv(
            "330411", "秀洲区", rows=["330411,秀洲区,制造业投资,万元,管理,很多,455000"]
        ),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "garbage.xlsx").write_bytes(os.urandom(4096))
    (folder / "mojibake.csv").write_bytes(unit_csv("330411", "秀洲区").encode("utf-16-le"))
    far_cell_workbook(folder / "far_cell.xlsx")
    stream = io.BytesIO()
    OOXMLFile((folder / "far_cell.xlsx").open("rb")).encrypt("secret", stream)
    (folder / "encrypted.xlsx").write_bytes(stream.getvalue())
    for path in folder.iterdir():
        os.utime(path, (ARRIVED, ARRIVED))
    context = open_context(Settings(home=home), "jiaxing")
    collect(context, NOW, folder)
    process(context, NOW)
    write_due_feedback(context)
    return context, folder


def shown(context: Context) -> tuple[dict[str, list[dict[str, Any]]], dict[str, dict[str, Any]]]:
    document = status_document(context, Period(2022, 6), NOW)
    by_unit: dict[str, list[dict[str, Any]]] = {}
    for row in document["units"]:
        by_unit.setdefault(row["unit"], []).append(row)
    return by_unit, {row["name"]: row for row in document["unassigned"]}


def test_every_file_is_archived_and_accounted_for(received: tuple[Context, Path]) -> None:
    context, folder = received
    receipts = context.warehouse.receipts()
    assert len(receipts) == len(list(folder.iterdir()))
    assert all(context.archive.verify(r.receipt.sha256) for r in receipts)
    assert {r.state for r in receipts} == {"processed", "unreadable", "unassigned"}


def test_the_good_file_is_accepted_beside_all_the_others(received: tuple[Context, Path]) -> None:
    by_unit, _ = shown(received[0])
    assert {r["state"] for r in by_unit["330481"] if r["form"] == "unit_month"} <= {"accepted", "accepted_with_queries"}


@pytest.mark.parametrize("name", ["empty.csv", "garbage.xlsx", "mojibake.csv", "far_cell.xlsx", "encrypted.xlsx"])
def test_what_cannot_be_read_says_why(received: tuple[Context, Path], name: str) -> None:
    _, unassigned = shown(received[0])
    assert unassigned[name]["state"] == "unreadable"
    assert unassigned[name]["findings"][0]["rule"] in ("A01", "A02")
    assert unassigned[name]["findings"][0]["message_zh"]


@pytest.mark.parametrize("name", ["no_unit.csv", "prose.txt"])
def test_what_has_no_sender_is_shown_as_unassigned(received: tuple[Context, Path], name: str) -> None:
    _, unassigned = shown(received[0])
    assert unassigned[name]["state"] == "unassigned" and unassigned[name]["findings"]


@pytest.mark.parametrize(("unit", "rule"), [("330402", "A07"), ("330482", "A03"), ("330421", "A04"), ("330411", "C01")])
def test_the_sender_reads_which_rule_returned_the_file(received: tuple[Context, Path], unit: str, rule: str) -> None:
    context, _ = received
    by_unit, _ = shown(context)
    states = [r["state"] for r in by_unit[unit] if r["form"] == "unit_month"]
    assert states == ["rejected"]
    rows = [r for r in context.warehouse.submissions("2022-06") if r.unit_code == unit]
    found = context.warehouse.findings([r.submission_id for r in rows]).to_pylist()
    assert rule in {f["rule"] for f in found if f["severity"] == "error"}
    assert all(f["message_zh"] and f["message_en"] for f in found)


def test_a_title_against_rows_that_all_name_another_unit_belongs_to_nobody(received: tuple[Context, Path]) -> None:
    by_unit, unassigned = shown(received[0])
    assert "A06" in {f["rule"] for f in unassigned["neighbour.csv"]["findings"]}
    assert [r["state"] for r in by_unit["330483"] if r["form"] == "unit_month"] == ["missing"]


def test_a_january_return_is_refused(received: tuple[Context, Path]) -> None:
    context, _ = received
    names = {r.receipt.name: r for r in context.warehouse.receipts()}
    rows = [r for r in context.warehouse.submissions() if r.receipt_id == names["wrong_month.csv"].receipt.receipt_id]
    findings = context.warehouse.findings([r.submission_id for r in rows]).to_pylist() if rows else []
    rules = {f["rule"] for f in findings} | {f.rule for f in names["wrong_month.csv"].findings}
    assert "A05" in rules


def test_check_prints_a_verdict_and_no_traceback_for_each(received: tuple[Context, Path], tmp_path: Path) -> None:
    _, folder = received
    command = [sys.executable, "-m", "pipelines.cli.app", "check", "--json", "--home", str(tmp_path / "none")]
    done = subprocess.run(
        [*command, *map(str, sorted(folder.iterdir()))], capture_output=True, text=True, cwd=REPOSITORY, check=False
    )
    assert "Traceback" not in done.stderr and done.returncode == 1, done.stderr
    documents = {Path(d["file"]).name: d for d in json.loads(done.stdout)}
    assert documents["good.csv"]["verdict"].startswith("accepted")
    assert {d["verdict"] for name, d in documents.items() if name != "good.csv"} <= {"rejected", "unreadable"}
    assert not (tmp_path / "none").exists()


def test_a_name_that_climbs_is_only_text(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    odd = folder / "sub" / "..\\..\\evil$(reboot)\u202excsv.csv"
    odd.write_text(unit_csv("330481", "海宁市"), encoding="utf-8")
    context = open_context(Settings(home=tmp_path / "home"), "jiaxing")
    collected = collect(context, NOW, folder)
    assert [r.name for r in collected.receipts] == [f"sub/{odd.name}"]
    stored = {p.name for p in (tmp_path / "home" / "raw").rglob("*") if p.is_file()}
    assert stored == {collected.receipts[0].sha256, "receipts.jsonl"}
    context.warehouse.close()
    shutil.rmtree(folder)
