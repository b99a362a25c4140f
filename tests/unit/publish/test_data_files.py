"""Each file of an edition, opened by its own reader: the same figures in each, and nothing that a reader would run."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from frictionless import Package, system
from jsonstat_validator import validate_jsonstat
from pyjstat import pyjstat
from pysdmx.io import read_sdmx
from pysdmx.model import Codelist, Dataflow, DataStructureDefinition

from pipelines.model.ranking import UnitInputs
from pipelines.publish import render, verify_edition
from pipelines.publish.data_files import file_names
from pipelines.publish.dataset_metadata import media_type
from pipelines.publish.differences import changes, field_name, shown_value
from pipelines.publish.disclosure_control import withhold_totals
from pipelines.publish.document import UNSIGNED, rank_document
from pipelines.publish.edition_context import EditionContext, PrintedSignature, Told
from pipelines.publish.sdmx_files import sdmx_id

from .small_editions import HOSTILE, METHOD, PUBLISHED, edition, ranking

D = Decimal


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edition")
    render(ranking(), edition(), folder)
    return folder


@pytest.fixture(scope="module")
def rows(out: Path) -> list[dict[str, str]]:
    with (out / "ranking.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def figures(rows: list[dict[str, str]]) -> dict[tuple[str, str], Decimal]:
    """(unit, column) → the figure that ranking.csv prints."""
    found = {}
    for row in rows:
        for key, text in row.items():
            if re.fullmatch(r"-?\d+(\.\d+)?", text or "") and key != "unit_code":
                found[row["unit_code"], key] = D(text)
    assert len(found) > 40
    return found


def test_the_folder_holds_what_page_and_manifest_list(out: Path) -> None:
    there = {path.name for path in out.iterdir()}
    assert there == {"index.html", "manifest.json", *file_names(ranking(), edition())}
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == there - {"manifest.json"}
    assert (manifest["revision"], manifest["figures"], manifest["corrects"]) == (0, "provisional", None)
    for name, entry in manifest["files"].items():
        assert entry["sha256"] == sha256((out / name).read_bytes()).hexdigest()
    page = (out / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{name}"' in page for name in there - {"index.html"})


def test_two_builds_are_byte_identical(out: Path, tmp_path: Path) -> None:
    render(ranking(), edition(), tmp_path)
    names = sorted(path.name for path in out.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir()) and len(names) > 12
    assert [n for n in names if (out / n).read_bytes() != (tmp_path / n).read_bytes()] == []
    with zipfile.ZipFile(out / "ranking.xlsx") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_json_carries_the_figures_of_the_csv(out: Path, rows: list[dict[str, str]]) -> None:
    document = json.loads((out / "ranking.json").read_text(encoding="utf-8"))
    by_code = {unit["unit"]: unit for unit in document["units"]}
    looked_at = 0
    for row in rows[:-1]:
        unit = by_code[row["unit_code"]]
        for key in ("rank", "score", "ytd", "base", "month", "growth", "pull_pp", "contribution", "growth_change_pp"):
            if row[key]:
                looked_at += 1
                assert abs(D(str(unit[key])) - D(row[key])) < D("0.00000001"), key
            else:
                assert unit[key] is None
    assert looked_at > 12


def test_pandas_pyarrow_and_duckdb_read_the_parquet_with_types(out: Path, rows: list[dict[str, str]]) -> None:
    file = out / "ranking.parquet"
    table, frame = pq.read_table(file), pd.read_parquet(file)
    counted = duckdb.sql(f"select count(*), sum(ytd), min(unit_code) from '{file}'").fetchall()[0]
    assert counted == (5, D("476154.5625"), "990000")
    assert str(table.schema.field("ytd").type) == "decimal128(20, 4)"
    assert table.schema.field("ytd").metadata[b"zh"].decode() == "本年累计"
    assert table.schema.metadata[b"edition"] == b"2022-06-e1"
    assert list(frame.columns) == list(rows[0])
    for (code, key), value in figures(rows).items():
        stored = frame.loc[frame["unit_code"] == code, key].iloc[0]
        assert D(str(stored)) == value, (code, key)
    assert frame.loc[frame["unit_code"] == "990003", "ytd"].isna().all()
    assert frame["unit_name"].tolist()[:2] == [HOSTILE[0], HOSTILE[1]]


def table_rows(sheet: Any) -> Iterator[dict[str, Any]]:
    """Rows of a sheet's marked table, by the key in the last line of each head."""
    (table,) = sheet.tables.values()
    head, *body = sheet[table.ref]
    keys = [str(cell.value).splitlines()[-1] for cell in head]
    for row in body:
        yield dict(zip(keys, (cell.value for cell in row), strict=True))


def test_workbook_has_cover_notes_and_one_marked_table_a_sheet(out: Path, rows: list[dict[str, str]]) -> None:
    book = openpyxl.load_workbook(out / "ranking.xlsx")
    assert book.sheetnames == ["封面 Cover", "说明 Notes", "排名 Ranking", "数值 Figures", "parents", "ranking_total"]
    for sheet in book.worksheets:
        assert sheet["A1"].value and not sheet.merged_cells.ranges, sheet.title
    tables = [sheet for sheet in book.worksheets[2:] if len(sheet.tables) == 1]
    assert len(tables) == 4 and all(sheet.page_setup.orientation == "landscape" for sheet in tables)
    by_code = {row["unit_code"]: row for row in table_rows(book["数值 Figures"])}
    for (code, key), value in figures(rows).items():
        shown = by_code[code][key]
        assert isinstance(shown, (int, float)) and abs(D(str(shown)) - value) < D("0.00000001"), (code, key)
    assert by_code["990003"]["ytd"] == "[x]" and by_code["990004"]["ytd"] == "[c]"
    assert by_code["990002"]["major_projects_value"] == "[z]"
    printed = book["排名 Ranking"]
    keys = [str(cell.value).split("\n")[-1] for cell in printed[3]]
    shown = {row[keys.index("unit_code")].value: row[keys.index("rank")].value for row in printed.iter_rows(min_row=4)}
    assert (shown["990003"], shown["990004"], shown["990000"]) == ("[x]", "[c]", "[z]"), (
        "as on the sheet of all figures"
    )
    notes = [cell.value for row in book["说明 Notes"].iter_rows() for cell in row if cell.value]
    assert any("[c] 不予公布" in note for note in notes) and any(
        "模拟数据" in c.value for (c, *_) in book["封面 Cover"]
    )


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(out: Path) -> None:
    book = openpyxl.load_workbook(out / "ranking.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"} and len(cells) > 100
    assert HOSTILE[0] in {cell.value for cell in cells} and not any(cell.hyperlink for cell in cells)
    with zipfile.ZipFile(out / "ranking.xlsx") as archive:
        assert not any("<f>" in archive.read(name).decode(errors="replace") for name in archive.namelist())


def test_json_stat_is_valid_and_carries_the_figures(out: Path, rows: list[dict[str, str]]) -> None:
    text = (out / "ranking.jsonstat.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert validate_jsonstat(document)
    frame = pyjstat.Dataset.read(text).write("dataframe", naming="id")
    lead = frame[frame["SUBJECT"] == "investment"].set_index(["REF_AREA", "FIGURE"])["value"]
    for (code, key), value in figures(rows).items():
        assert D(str(lead[code, key])) == value, (code, key)
    units = document["dimension"]["FIGURE"]["category"]["unit"]
    assert units["ytd"] == {"label": "万元 / CNY 10,000", "decimals": 4} and units["growth"]["label"] == "FRACTION"
    assert document["role"]["geo"] == ["REF_AREA"] and set(document["status"].values()) == {"P:F", "L:F", "M:F", "Q:C"}


def test_sdmx_csv_follows_its_structure(out: Path, rows: list[dict[str, str]]) -> None:
    structure = read_sdmx((out / "structure.sdmx.json").read_text(encoding="utf-8"), validate=True)
    lists = {one.id: {code.id for code in one.items} for one in structure.structures if isinstance(one, Codelist)}
    (flow,) = [one for one in structure.structures if isinstance(one, Dataflow)]
    (definition,) = [one for one in structure.structures if isinstance(one, DataStructureDefinition)]
    message = read_sdmx((out / "ranking.sdmx.csv").read_text(encoding="utf-8"), validate=True)
    (data,) = message.data
    assert data.short_urn == f"Dataflow=SAIMA:{flow.id}({flow.version})"
    assert {component.id for component in definition.components} == set(data.data.columns)
    for component in (
        "FREQ",
        "REF_AREA",
        "SUBJECT",
        "FIGURE",
        "OBS_STATUS",
        "CONF_STATUS",
        "UNIT_MEASURE",
        "UNIT_MULT",
    ):
        assert set(data.data[component]) <= lists[f"CL_{component}"], component
    assert not data.data.duplicated([c.id for c in definition.components.dimensions]).any()
    lead = data.data[data.data["SUBJECT"] == "INVESTMENT"].set_index(["REF_AREA", "FIGURE"])
    for (code, key), value in figures(rows).items():
        assert D(lead.loc[(code, key.upper()), "OBS_VALUE"]) == value, (code, key)
    ytd = lead.xs("YTD", level="FIGURE")
    assert ytd.loc["990001", ["UNIT_MEASURE", "UNIT_MULT"]].tolist() == ["CNY", "4"]
    statuses = {code: tuple(ytd.loc[code, ["OBS_STATUS", "CONF_STATUS"]]) for code in ytd.index}
    assert statuses == {
        "990001": ("P", "F"),
        "990002": ("P", "F"),
        "990003": ("L", "F"),
        "990004": ("Q", "C"),
        "990000": ("P", "F"),
        "99": ("P", "F"),
    }


def test_final_figures_are_normal_not_provisional(tmp_path: Path) -> None:
    render(ranking(), edition(final=True, revision=1), tmp_path)
    with (tmp_path / "ranking.sdmx.csv").open(encoding="utf-8", newline="") as file:
        statuses = {row["OBS_STATUS"] for row in csv.DictReader(file)}
    assert "A" in statuses and "P" not in statuses
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["figures"], manifest["revision"]) == ("final", 1)
    assert json.loads((tmp_path / "dataset.jsonld").read_text(encoding="utf-8"))["creativeWorkStatus"] == "final"


def test_frictionless_finds_the_package_valid(out: Path) -> None:
    with system.use_context(trusted=True):
        package = Package(str(out / "datapackage.json"))
        report = package.validate()
    assert report.valid, report.flatten(["type", "note"])
    assert {r.path for r in package.resources} == {"ranking.csv", "parents.csv", "ranking_total.csv"}
    first = package.get_resource("ranking").read_rows()[0]
    assert first["ytd"] == D("130017.5") and first["unit_code"] == "990001"


def test_schema_org_document_lists_every_file_and_ends_no_script(out: Path) -> None:
    text = (out / "dataset.jsonld").read_text(encoding="utf-8")
    document = json.loads(text)
    assert (document["@context"], document["@type"]) == ("https://schema.org/", "Dataset")
    listed = {one["name"]: one for one in document["distribution"]}
    assert {"ranking.csv", "ranking.xlsx", "ranking.parquet", "ranking.json"} <= set(listed)
    for name, one in listed.items():
        assert one["sha256"] == sha256((out / name).read_bytes()).hexdigest()
        assert one["encodingFormat"] == media_type(name) != "application/octet-stream"
    assert "</" not in text


def test_hostile_names_stay_text_in_every_csv(out: Path) -> None:
    looked_at = 0
    for file in out.glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            for row in csv.reader(opened):
                for cell in row:
                    looked_at += 1
                    assert not cell.startswith(("=", "+", "@", "\t")), (file.name, cell)
                    assert not cell.startswith("-") or re.fullmatch(r"-\d+(\.\d+)?", cell), (file.name, cell)
    assert looked_at > 300
    assert (out / "ranking.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_page_and_feedable_texts_carry_hostile_names_as_text(out: Path) -> None:
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py")], capture_output=True, text=True, check=False, encoding="utf-8"
    )


def test_verifier_recomputes_the_edition_from_ranking_json_alone(out: Path) -> None:
    done = verified(out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"(\d+) figures recomputed, 0 rest on unpublished figures, 0 wrong", done.stdout)
    assert int(re.search(r"(\d+) figures", done.stdout)[1]) > 50  # type: ignore[index]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("growth", 0.31, "growth"),
        ("score", "99.00", "score"),
        ("rank", 2, "rank"),
        ("growth_rank", 2, "growth rank"),
        ("contribution", 0.5, "contribution"),
        ("schedule_completion", 1.5, "completion"),
        ("shrunk_growth", 0.5, "shrunk growth"),
        ("pull_pp", 3.3, "pull"),
    ],
)
def test_verifier_names_a_figure_that_was_altered(
    out: Path, tmp_path: Path, field: str, value: object, said: str
) -> None:
    """Altered together with its checksum: the figures betray it."""
    tampered(out, tmp_path, lambda document: document["units"][0].update({field: value}))
    done = verified(tmp_path)
    assert done.returncode == 1 and "✗" in done.stdout and said in done.stdout


def test_verifier_recomputes_values_points_and_deductions(out: Path, tmp_path: Path) -> None:
    def alter(document: dict[str, Any]) -> None:
        late = document["units"][1]
        late["indicators"]["new_starts"]["value"] = "0.99000000"
        late["indicators"]["growth"]["points"] = "99.000000"
        late["deductions"]["late"] = "0.1"

    tampered(out, tmp_path, alter)
    said = verified(tmp_path).stdout
    assert all(word in said for word in ("new_starts", "growth points", "late"))


def test_verifier_recomputes_the_hash_of_what_was_signed(out: Path, tmp_path: Path) -> None:
    """A note that nobody signed, with its file's checksum: no figure betrays it, the signed content does."""
    assert verify_edition.UNSIGNED == UNSIGNED
    tampered(out, tmp_path, lambda document: document["notes"].append({"zh": "另", "en": "more"}))
    done = verified(tmp_path)
    assert done.returncode == 1 and "content hash" in done.stdout and ", 1 wrong" in done.stdout


def test_verifier_names_a_file_that_was_altered(out: Path, tmp_path: Path) -> None:
    tampered(out, tmp_path, lambda document: None)
    (tmp_path / "ranking.xlsx").write_bytes(b"other")
    (tmp_path / "notes.txt").unlink()
    done = verified(tmp_path)
    assert done.returncode == 1 and "ranking.xlsx: missing or changed" in done.stdout and "notes.txt" in done.stdout


def tampered(out: Path, target: Path, alter: Any) -> None:
    for file in out.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    document = json.loads((out / "ranking.json").read_text(encoding="utf-8"))
    alter(document)
    text = json.dumps(document, ensure_ascii=False).encode()
    (target / "ranking.json").write_bytes(text)
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["ranking.json"]["sha256"] = sha256(text).hexdigest()
    (target / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_a_correction_has_a_sheet_of_changed_cells(tmp_path: Path) -> None:
    from pipelines.publish import rank_document

    before = rank_document(ranking(), edition())
    found = [replace(u.inputs, ytd=D(140000)) if u.unit_code == "990001" else u.inputs for u in ranking().units]
    render(ranking(found), edition(found=found, corrects=("2022-06-e1", before), revision=1), tmp_path)
    book = openpyxl.load_workbook(tmp_path / "ranking.xlsx")
    cells = {(row["unit"], row["field"]): (row["before"], row["after"]) for row in table_rows(book["更正 Changes"])}
    assert cells["990001", "ytd"] == ("130017.5", "140000")


MARKED = ("DRAFT", "SIMULATED DATA", "preliminary")


def test_no_file_loses_the_marks_of_the_edition(tmp_path: Path) -> None:
    """A draft of simulated, preliminary figures says all three in every format; a final edition of real figures says none."""
    real = replace(edition().programme, simulated=False)
    for folder, context in (
        ("draft", edition(state="draft", published_at=None, signatures=())),
        ("final", edition(programme=real, final=True, signatures=(PrintedSignature("statistics", "甲", PUBLISHED),))),
    ):
        out = tmp_path / folder
        render(ranking(), context, out)
        marked = folder == "draft"
        stat = json.loads((out / "ranking.jsonstat.json").read_bytes())
        assert [stat["extension"][key] for key in ("state", "simulated", "figures")] == (
            ["draft", True, "provisional"] if marked else ["published", False, "final"]
        )
        assert all(any(mark in note for note in stat["note"]) is marked for mark in MARKED)
        assert stat["label"].startswith("【草稿】【模拟数据】") is marked
        with (out / "ranking.sdmx.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        told = {(row["RELEASE_STATE"], row["SIMULATED"]) for row in rows}
        assert told == ({("DRAFT", "Y")} if marked else {("RELEASED", "N")})
        assert {row["OBS_STATUS"] for row in rows if row["OBS_VALUE"]} == ({"P"} if marked else {"A"})
        metadata = {k.decode(): v.decode() for k, v in pq.read_schema(out / "ranking.parquet").metadata.items()}
        assert all((mark in metadata["marks"]) is marked for mark in MARKED)
        assert metadata["simulated"] == str(marked).lower()
        for name in ("datapackage.json", "dataset.jsonld"):
            words = json.loads((out / name).read_bytes())["keywords"]
            assert all((mark in words) is marked for mark in MARKED), name
        book = openpyxl.load_workbook(out / "ranking.xlsx")["封面 Cover"]
        cover = " ".join(str(cell.value) for row in book.iter_rows() for cell in row)
        assert all((mark in cover) is marked for mark in MARKED)


def test_every_figure_has_its_unit_in_package_catalogue_and_parquet(out: Path) -> None:
    package = json.loads((out / "datapackage.json").read_bytes())
    expected = {
        "ytd": "万元 / CNY 10,000",
        "growth": "比率（1 = 100%）/ fraction (1 = 100 %)",
        "pull_pp": "百分点 / percentage points",
    }
    expected |= {"growth_weight": "% / percent", "score": "分 / points"}
    looked_at = 0
    for resource in package["resources"]:
        for one in resource["schema"]["fields"]:
            looked_at += 1
            assert (one.get("unit") is None) == (one["type"] == "string"), one
            if one["name"] in expected:
                assert one["unit"] == expected[one["name"]]
    assert looked_at > 60
    measured = {
        one["name"]: one["unitText"] for one in json.loads((out / "dataset.jsonld").read_bytes())["variableMeasured"]
    }
    assert {key: measured[key] for key in expected} == expected
    schema = pq.read_schema(out / "ranking.parquet")
    assert {key: schema.field(key).metadata[b"unit"].decode() for key in expected} == expected


def test_a_whole_that_is_withheld_is_suppressed_not_absent(tmp_path: Path) -> None:
    """OBS_STATUS Q and CONF_STATUS C, as for a unit."""
    context = edition(told=Told(withheld=(("北镇", "North Town"),)))
    render(withhold_totals(ranking(), ["990000"]), context, tmp_path)
    with (tmp_path / "ranking.sdmx.csv").open(encoding="utf-8") as file:
        rows = {
            row["FIGURE"]: (row["OBS_VALUE"], row["OBS_STATUS"], row["CONF_STATUS"])
            for row in csv.DictReader(file)
            if row["REF_AREA"] == "990000" and row["SUBJECT"] == "INVESTMENT"
        }
    assert {key: rows[key] for key in ("YTD", "BASE", "GROWTH")} == dict.fromkeys(
        ("YTD", "BASE", "GROWTH"), ("", "Q", "C")
    )


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every figure and word of a document."""
    if isinstance(value, dict | list) and value:
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(one, (*path, key))
    else:
        yield path


def test_every_cell_of_every_table_that_changes_is_listed() -> None:
    """Each figure of the units, the whole, the areas, the further indicators and the method's numbers, one at a time."""
    document: Any = rank_document(ranking(), edition())
    tables = ("units", "city", "parents", "further", "parameters")
    ways = [(table, *way) for table in tables for way in leaves(document[table])]
    named = ("unit", "name_en", "key", "zh", "en", "indicator", "scope", "measure", "rank_by", "min_base")
    ways = [way for way in ways if way[-1] not in named or way[:2] == ("parameters", "min_base")]
    assert len(ways) > 350
    for way in ways:
        before = json.loads(json.dumps(document))
        at = before
        for key in way[:-1]:
            at = at[key]
        at[way[-1]] = {"numerator": "7.25", "denominator": "1"} if way[-2] == "counts" else "7.25"
        found = changes(before, document, levels=True)
        assert found and "7.25" in str(found[0]["before"]), way
        assert {one["table"] for one in found} <= {"ranking", "parents", "anchors", "parameters", "total"}
        assert field_name(found[0]["field"], document).zh != "" and shown_value(found[0]["field"], found[0]["before"])
    assert changes(document, document, levels=True) == []


def test_a_correction_gives_no_exact_rate_where_levels_are_not_public() -> None:
    """The growth of the whole with 33 digits, of the edition before: a continued fraction gives both amounts."""
    after: Any = rank_document(ranking(), edition())
    before = json.loads(json.dumps(after))
    before["parameters"]["city_growth"] = "0.160156461375530492188526681148105"
    found = {
        (one["field"], one["before"]) for one in changes(before, after, levels=False) if one["table"] == "parameters"
    }
    assert found == {("city_growth", "0.16")}
    assert ("city_growth", before["parameters"]["city_growth"]) in {
        (one["field"], one["before"]) for one in changes(before, after, levels=True)
    }


def test_a_changed_figure_is_told_in_its_own_unit() -> None:
    """A pull of 5.26 points was shown as 526.32 %, and the growth of the whole with all digits of the calculation."""
    document: Any = rank_document(ranking(), edition())
    for field, value, shown in (
        ("pull_pp", 5.2631578947, "5.26"),
        ("excess_pull_value", "-1.23456789", "-1.23"),
        ("contribution", 0.25, "25.00 %"),
        ("growth_value", "0.14285714", "14.29 %"),
        ("city_growth", "0.210526315789473684", "21.05 %"),
        ("ytd", "512400", "512400"),
    ):
        assert shown_value(field, value) == shown
        assert ("百分点" in field_name(field, document).zh) == (field in ("pull_pp", "excess_pull_value"))


def test_a_correction_of_the_whole_an_area_and_a_stage_count_is_told_everywhere(tmp_path: Path) -> None:
    before: Any = json.loads(json.dumps(rank_document(ranking(), edition())))
    before["city"]["ytd"] = "270000"
    before["parents"][0]["summed_ytd"] = "206000"
    before["units"][0]["counts"]["stage_punctuality"]["numerator"] = "43"
    before["further"][0]["units"][0]["ytd"] = "130000"
    render(ranking(), edition(corrects=("2022-06-e1", before), revision=1), tmp_path)
    document = json.loads((tmp_path / "ranking.json").read_bytes())
    assert [(c["table"], c["unit"], c["field"]) for c in document["changes"]] == [
        ("ranking", "990001", "stage_punctuality_numerator"),
        ("ranking", "990000", "ytd"),
        ("parents", "99", "summed_ytd"),
        ("total", "990001", "ytd"),
    ]
    book = openpyxl.load_workbook(tmp_path / "ranking.xlsx")
    assert [row["after"] for row in table_rows(book["更正 Changes"])] == ["44", "270019.5", "206118.0625", "130017.5"]
    for name in ("index.html", "notes.txt"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "小城市：本年累计 270000 → 270019.5" in text and "+大区（汇总）" in text and "（total）" in text, name
        assert "1项计算用数（见 ranking.json 的 changes）" in text and "本版更正已发布的 2022-06-e1：1个地区" in text, (
            name
        )
    assert verified(tmp_path).returncode == 0


def test_without_levels_no_change_of_a_level_is_told(tmp_path: Path) -> None:
    method = replace(METHOD, show_levels=False)
    before: Any = json.loads(json.dumps(rank_document(ranking(method=method), edition(method))))
    for row in (before["city"], before["parents"][0], *before["units"], *before["further"][0]["units"]):
        row |= {key: "1" for key in ("ytd", "base", "annual_target", "month", "summed_ytd", "residual") if key in row}
    before["units"][0]["counts"]["service"]["numerator"] = "1"
    before["units"][0]["growth_rank"] = 9
    render(ranking(method=method), edition(method, corrects=("2022-06-e1", before), revision=1), tmp_path)
    document = json.loads((tmp_path / "ranking.json").read_bytes())
    assert [(c["unit"], c["field"], c["before"]) for c in document["changes"]] == [("990001", "growth_rank", 9)]
    assert json.loads((tmp_path / "manifest.json").read_bytes())["levels_published"] is False
    done = verified(tmp_path)
    assert done.returncode == 0, done.stdout


def test_figures_that_become_final_unchanged_are_no_correction(tmp_path: Path) -> None:
    from pipelines.publish import rank_document

    before = rank_document(ranking(), edition())
    render(ranking(), edition(corrects=("2022-06-e1", before), revision=1), tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "本版替代已发布的 2022-06-e1，各地区的数据没有变化。" in page and "本版更正" not in page


LEVEL_FIGURES = (
    "ytd",
    "base",
    "month",
    "annual_target",
    "pull_pp",
    "contribution",
    "schedule_completion",
    "shrunk_growth",
)


def hidden(folder: Path) -> EditionContext:
    method = replace(METHOD, show_levels=False)
    context = edition(method)
    render(ranking(method=method), context, folder)
    return context


def test_without_levels_no_file_carries_a_level_or_what_one_is_recomputed_from(tmp_path: Path) -> None:
    """Every level, and every figure that with printed growth would give one, in every spelling a file may use, in no file."""
    context = hidden(tmp_path)
    secret = {}
    for full in (ranking(method=context.programme.method), *(further for _, further in context.further)):
        for unit in full.units:
            i = unit.inputs
            for key in ("ytd", "base", "month", "annual_target"):
                secret[unit.unit_code, key] = getattr(i, key)
            for key in ("pull_pp", "contribution", "schedule_completion", "shrunk_growth"):
                secret[unit.unit_code, key] = getattr(unit, key)
            for key in ("growth", "excess_pull", "schedule_completion"):
                scored = unit.indicators.get(key)
                secret[unit.unit_code, f"{key} points"] = scored.points if scored else None
                if key != "growth" or full.basis == "score":
                    secret[unit.unit_code, f"{key} value"] = scored.value if scored else None
    known = {at: value for at, value in secret.items() if value not in (None, D(40), D(100))}
    assert len(known) > 12
    content = {path.name: readable(path) for path in tmp_path.iterdir()}
    for at, value in known.items():
        for text in spellings(value):
            named = [name for name, found in content.items() if re.search(rf"(?<![\d.]){re.escape(text)}", found)]
            assert named == [], (at, text)


def test_without_levels_no_file_carries_more_of_a_rate_than_is_printed(tmp_path: Path) -> None:
    """1/7 to sixteen digits says that 7 was the base: rates are rounded as printed in every file, a correction's old ones too. What
    rounds to one rate keeps its exact order, and verify.py does not call that wrong."""
    method = replace(METHOD, name="growth_rank", indicators=(), further=(), show_levels=False)
    found = [
        UnitInputs("990001", "甲", D(70000), D(80003)),
        UnitInputs("990002", "乙", D(70000), D(80001)),
        UnitInputs("990003", "丙", D(70000), D("62222.25")),
    ]
    made = ranking(found, method)
    first = edition(method, found, state="draft")
    exact = rank_document(made, first)["units"]
    before = {**rank_document(made, first)}
    before["units"] = [{**unit, "growth": 0.0123456789} if unit["unit"] == "990003" else unit for unit in exact]
    render(made, edition(method, found, corrects=("2022-06-e0", before), revision=1), tmp_path)
    document = json.loads((tmp_path / "ranking.json").read_bytes())
    assert [(u["rank"], u["growth"]) for u in document["units"]] == [(1, 0.143), (2, 0.143), (3, -0.111)]
    assert [u["growth_change_pp"] for u in document["units"][:2]] == [u["growth_change_pp"] for u in exact[:2]]
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert re.search(r"甲</th>\s*<td class=\"n\">14\.3</td>", page), (
        "the rate is public, also where no bureau states it"
    )
    assert [(c["unit"], c["before"], c["after"]) for c in document["changes"]] == [("990003", 0.012, -0.111)]
    content = {path.name: readable(path) for path in tmp_path.iterdir()}
    assert len(content) > 10
    for rate in ("0.01234", "1.2345", *(str(u["growth"])[:7].lstrip("-") for u in exact)):
        assert [name for name, text in content.items() if rate in text] == [], rate
    ran = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify.py")],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert ran.returncode == 0, ran.stdout


def spellings(value: Decimal) -> set[str]:
    """A figure as files write it: exact, to six places, in 亿元 with two."""
    exact = f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    found = {exact[:9]} if len(exact.replace(".", "")) > 4 else {exact}
    if abs(value) > 1000:
        found |= {f"{value:,.0f}", f"{value / 10000:.2f}"}
    return found


def readable(path: Path) -> str:
    """All text of a file, of its container or its columns."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pandas().to_csv()
    return path.read_text(encoding="utf-8")


def test_without_levels_no_level_can_be_solved_for(tmp_path: Path) -> None:
    """What a reader could use, tried: each formula that yields a level lacks an input in every file."""
    hidden(tmp_path)
    document = json.loads((tmp_path / "ranking.json").read_text(encoding="utf-8"))
    for table in (document, *document["further"]):
        for unit in table["units"]:
            assert unit["growth"] is None or unit["growth_official"] is not None
            assert [unit[key] for key in LEVEL_FIGURES] == [None] * len(LEVEL_FIGURES)
            assert unit["counts"] == dict.fromkeys(unit["counts"])
        assert [table["city"][key] for key in ("ytd", "base", "annual_target", "schedule_completion")] == [None] * 4
    assert [document["parameters"][key] for key in ("median_base", "min_base", "city_base")] == [None] * 3
    assert [g[k] for g in document["parents"] for k in ("ytd", "base", "summed_ytd", "summed_base")] == [None] * 4
    frame = pd.read_parquet(tmp_path / "ranking.parquet")
    assert frame[list(LEVEL_FIGURES)].isna().all().all() and frame["growth"].notna().any()
    sdmx = pd.read_csv(io.BytesIO((tmp_path / "ranking.sdmx.csv").read_bytes()), dtype=str)
    assert not {key.upper() for key in LEVEL_FIGURES} & set(sdmx["FIGURE"]) and "GROWTH" in set(sdmx["FIGURE"])
    cube = json.loads((tmp_path / "ranking.jsonstat.json").read_text(encoding="utf-8"))
    assert not set(LEVEL_FIGURES) & set(cube["dimension"]["FIGURE"]["category"]["index"])


def test_without_levels_the_verifier_says_what_rests_on_unpublished_figures(tmp_path: Path) -> None:
    hidden(tmp_path)
    done = verified(tmp_path)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) rest on unpublished", done.stdout)[1]) > 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "expected"), [("330481", "330481"), ("a b/中", "a$20b$2F$4E2D"), ("", "_X"), ("=1", "$3D1")]
)
def test_sdmx_identifiers_hold_any_code(text: str, expected: str) -> None:
    assert sdmx_id(text) == expected
