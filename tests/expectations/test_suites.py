"""The suites on disk as a user of Great Expectations meets them: this package alone, stock JSON, a sample to run them on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import expectations
from expectations.catalogue import RULES_VERSION
from pipelines.cli import docs

PACKAGE = Path(expectations.__file__).parent
FORMS = (
    "approval_list",
    "city_month",
    "dispatch_month",
    "helper_roster",
    "inspection_reply",
    "issue_log",
    "leader_assignment",
    "project_month",
    "project_plan",
    "service_memo",
    "unit_month",
    "visit_log",
)
FEWEST = {"service_memo": 8}
"""Expectations of a suite that has fewer than others: a memo has one required cell, and neither project nor code list."""

USER = """
import sys

class NoPipelines:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pipelines":
            raise ImportError("pipelines is not installed here")

sys.meta_path.insert(0, NoPipelines())
sys.path.insert(0, sys.argv[1])
import expectations
assert expectations.__file__.startswith(sys.argv[1]), expectations.__file__
assert not {"great_expectations", "pandas", "pyarrow"} & set(sys.modules), "importing the package is light"

import json
import great_expectations as gx

context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
rows = context.data_sources.add_pandas("mine").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
shown = {}
for name in expectations.names():
    frame = expectations.sample_frame(name)
    assert expectations.wrong_columns(frame, expectations.table_schema(name)) == {}
    result = rows.get_batch({"dataframe": frame}).validate(expectations.load(name), result_format="COMPLETE")
    assert not any(item.exception_info.get("raised_exception") for item in result.results)
    shown[name] = {item.expectation_config.meta["id"]: item.result["unexpected_count"] for item in result.results}
print(json.dumps(shown))
"""


@pytest.fixture(scope="module")
def generated() -> dict[str, bytes]:
    return docs.suites()


def test_the_suites_have_not_drifted(generated: dict[str, bytes]) -> None:
    written = {f"{folder}/{f.name}" for folder in ("suites", "frames") for f in (PACKAGE / folder).iterdir()}
    assert written == set(generated) and len(generated) == 3 * len(FORMS) + 1
    for name, content in generated.items():
        if not name.endswith(".parquet"):
            assert (PACKAGE / name).read_bytes() == content, f"{name}: run `make docs`"


def test_the_sample_frames_have_not_drifted(generated: dict[str, bytes], tmp_path: Path) -> None:
    for form in FORMS:
        file = tmp_path / f"{form}.parquet"
        file.write_bytes(generated[f"frames/{form}.parquet"])
        pd.testing.assert_frame_equal(expectations.sample_frame(form), pd.read_parquet(file))


def test_the_manifest_counts_what_the_files_hold() -> None:
    manifest = expectations.manifest()
    assert (manifest["rules_version"], tuple(manifest["suites"])) == (RULES_VERSION, FORMS)
    for name in expectations.names():
        stored = json.loads((PACKAGE / "suites" / f"{name}.json").read_text(encoding="utf-8"))
        assert [e["meta"]["id"] for e in stored["expectations"]] == manifest["suites"][name]["checks"]
        assert len(stored["expectations"]) == manifest["suites"][name]["expectations"] >= FEWEST.get(name, 11)


def test_a_user_needs_great_expectations_and_this_package_alone(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "expectations", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error::UserWarning:__main__", "-c", USER, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    manifest = expectations.manifest()["suites"]
    assert json.loads(done.stdout) == {name: manifest[name]["sample"]["unexpected"] for name in FORMS}


def test_every_expectation_fails_on_some_row_of_the_sample_and_passes_on_others() -> None:
    looked_at = 0
    for name, suite in expectations.manifest()["suites"].items():
        looked_at += 1
        rows, counts = suite["sample"]["rows"], suite["sample"]["unexpected"]
        assert set(counts) == set(suite["checks"])
        silent = {check for check, count in counts.items() if not 0 < count < rows}
        assert {check for check in silent if not check.startswith(("C02.", "B13.", "B14."))} <= SHARED, (
            f"{name}: {silent}"
        )
    assert looked_at, "nothing was looked at"


SHARED = {
    "B01.code",
    "B01.name",
    "B04.uscc",
    "B05.layout",
    "B07.key",
    "B14.damaged",
    "B15.total",
    "B16.name",
    "B16.remark",
    "C01.readable",
    "E01.readable",
    "F03.nested",
    "B14.owner_name",
    "B14.stat_project_no",
    "B14.industry_code",
    "B14.nature",
    "B14.status",
    "B14.area_code",
    "B14.indicator",
    "B14.scope",
    "B14.project_code",
    "B14.project_name",
    "B14.base",
    "B14.build_install",
    "B14.month",
    "B14.cum_total",
    "B14.plan_total",
    "B14.planned_ytd",
    "B14.actual_ytd",
    "B14.issues_due",
    "B14.issues_closed",
    "B14.ytd",
    "B14.ytd_last_year",
    *(f"B14.{stage}_plan" for stage in ("admission", "land", "approval", "start", "completion", "capacity")),
    "G.row",
    "G.plan",
    "G.size",
}
"""Checks that several forms share: their example stands in one of the forms' samples. So with C02, which asks every amount of
every form and has its example at one of them."""


@pytest.mark.parametrize("name", FORMS)
def test_great_expectations_reads_the_file_and_writes_the_same_bytes(name: str, tmp_path: Path) -> None:
    import great_expectations as gx

    context = gx.get_context(mode="file", project_root_dir=tmp_path)
    file = tmp_path / "gx" / "expectations" / f"{name}.json"
    shipped = (PACKAGE / "suites" / f"{name}.json").read_text(encoding="utf-8")
    file.write_text(json.dumps(json.loads(shipped)), encoding="utf-8")
    suite = context.suites.get(name)
    assert len(suite.expectations) == expectations.manifest()["suites"][name]["expectations"]
    suite.save()
    assert file.read_bytes() == (PACKAGE / "suites" / f"{name}.json").read_bytes()


def test_thresholds_stand_in_the_json() -> None:
    stored = json.loads((PACKAGE / "suites" / "project_month.json").read_text(encoding="utf-8"))
    by_id = {e["meta"]["id"]: e for e in stored["expectations"]}
    assert by_id["C03.threshold"]["kwargs"]["min_value"] == 500 * 10_000
    assert by_id["C04.parts"]["kwargs"]["tolerance"] == 2 * 10_000
    assert by_id["C08.plan"]["severity"] == "warning"


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(PACKAGE / "suites", tmp_path / "suites")
    monkeypatch.setattr("expectations.shipped.SUITES", tmp_path / "suites")
    return tmp_path / "suites" / "unit_month.json"


def edit(file: Path, change: Any) -> None:
    stored = json.loads(file.read_text(encoding="utf-8"))
    change(stored["expectations"])
    file.write_text(json.dumps(stored), encoding="utf-8")


def test_a_suite_with_fewer_expectations_is_refused(copied: Path) -> None:
    edit(copied, lambda found: found.pop(3))
    checks = expectations.manifest()["suites"]["unit_month"]["checks"]
    whole = len(checks)
    with pytest.raises(expectations.SuiteRefused, match=rf"{whole - 1} .* {whole}.*{checks[3]}"):
        expectations.load("unit_month")


def test_one_expectation_twice_does_not_hide_another(copied: Path) -> None:
    edit(copied, lambda found: found.__setitem__(3, found[2]))
    with pytest.raises(expectations.SuiteRefused, match="missing"):
        expectations.load("unit_month")


def test_an_edited_threshold_is_used_and_said(copied: Path) -> None:
    def relax(found: list[dict[str, Any]]) -> None:
        next(e for e in found if e["meta"]["id"] == "F17.falls")["kwargs"]["tolerance"] = 777

    edit(copied, relax)
    with pytest.warns(expectations.SuiteEdited):
        suite = expectations.load("unit_month")
    assert next(e for e in suite.expectations if e.meta["id"] == "F17.falls").tolerance == 777


def test_the_lists_of_another_city() -> None:
    suite = expectations.load("city_month", lists={"areas": ["330102", "330100"]})
    area = next(e for e in suite.expectations if e.meta["id"] == "B01.area")
    assert list(area.value_set) == ["330102", "330100"]
    for lists in ({"industries": ["1"]}, {"areas": []}):
        with pytest.raises(expectations.SuiteRefused, match="areas"):
            expectations.load("city_month", lists=lists)


@pytest.mark.parametrize("ask", [expectations.load, expectations.sample_frame, expectations.table_schema])
def test_an_unknown_suite_names_those_there_are(ask: Any) -> None:
    with pytest.raises(expectations.SuiteRefused, match="project_month"):
        ask("../setup")


def test_columns_of_another_type_are_said_before_anything_is_validated() -> None:
    schema = expectations.table_schema("project_month")
    frame = expectations.sample_frame("project_month")
    changed = frame.assign(
        ytd=frame["ytd"].astype("float64"),
        month=frame["month"].astype(object),
        purchase=frame["purchase"].astype("int64"),
        uscc=pd.Series([1] * len(frame), dtype=object),
        december=frame["december"].astype("boolean"),
    ).drop(columns="other")
    found = expectations.wrong_columns(changed, schema)
    assert set(found) == {"ytd", "month", "purchase", "uscc", "other"}
    assert "float64" in found["ytd"] and "integer" in found["ytd"]


def test_every_column_a_check_reads_has_the_type_its_question_needs() -> None:
    """Sums and limits take integers, conditions flags, patterns texts: the schema must say so for each suite."""
    looked_at = 0
    for name in FORMS:
        types = {f["name"]: f["type"] for f in expectations.table_schema(name)["fields"]}
        assert all(f["title"] and f["description"] for f in expectations.table_schema(name)["fields"])
        for item in json.loads((PACKAGE / "suites" / f"{name}.json").read_text(encoding="utf-8"))["expectations"]:
            kwargs = item["kwargs"]
            for column, wanted in needed(item["type"], kwargs):
                assert types[column] == wanted, (item["meta"]["id"], column)
                looked_at += 1
    assert looked_at > 200


def needed(kind: str, kwargs: dict[str, Any]) -> list[tuple[str, str]]:
    if kind == "expect_linear_edit_to_hold":
        summed = {*kwargs["coefficients"], *(c for edit in kwargs.get("given", ()) for c in edit["coefficients"])}
        return [*((c, "integer") for c in summed), *((c, "boolean") for c in kwargs.get("where", {}))]
    if "greater_than" in kind:
        return [(kwargs["column_A"], "integer"), (kwargs["column_B"], "integer")]
    if "between" in kind:
        return [(kwargs["column"], "integer")]
    if "regex" in kind or "social_credit" in kind:
        return [(kwargs["column"], "string")]
    if "in_set" in kind:
        return [(kwargs["column"], "boolean" if kwargs["value_set"] == [True] else "string")]
    return []


def test_a_check_on_a_column_of_another_type_is_broken_never_passed() -> None:
    """Texts compare: "9" > "12000" would pass C05 for good."""
    from expectations.catalogue import RULES
    from pipelines.validate.rows.gx_run import run

    checks = [(RULES["C05"], RULES["C05"].checks[0]), (RULES["C03"], RULES["C03"].checks[0])]
    plan_total = pd.array([10_000_000, 10_000_000], dtype="Int64")
    for wrong in (["9", "9"], np.array([1.5, 2.5]), pd.Series([9, 9], dtype=object)):
        frame = pd.DataFrame({"cum_total": wrong, "ytd": ["12000", "12000"], "plan_total": plan_total})
        outcomes = run(checks, frame)
        assert "cum_total" in outcomes["C05.nested"].broken and "integer" in outcomes["C05.nested"].broken
        assert not outcomes["C03.threshold"].broken and len(outcomes["C03.threshold"].positions) == 0


@pytest.mark.slow
def test_the_wheel_carries_suites_and_frames(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(PACKAGE, tree / "expectations", ignore=shutil.ignore_patterns("__pycache__"))
    (tree / "pipelines").mkdir()
    for name in ("pyproject.toml", "README.md", "requirements.in"):
        shutil.copy(PACKAGE.parent / name, tree / name)
    code = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    import zipfile

    held = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    for name in FORMS:
        assert {f"expectations/suites/{name}.json", f"expectations/frames/{name}.parquet"} <= held
    assert {"expectations/suites/manifest.json", "expectations/README.md"} <= held
