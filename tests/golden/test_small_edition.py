"""A small edition byte for byte. When a change of the page is wanted, look at the difference and write the new bytes with
`python tests/golden/test_small_edition.py`."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

from pipelines.model.calendar import ReportingCalendar, Workdays
from pipelines.model.forms import FormLayout, Indicator
from pipelines.model.periods import Period
from pipelines.model.programme import CodeLists, Method, Programme, ScoredIndicator
from pipelines.model.ranking import CityFigures, Ratio, UnitInputs
from pipelines.model.units import UnitRoster
from pipelines.publish import EditionContext, InputUsed, PreviousPlace, PrintedSignature, render
from pipelines.publish.edition_context import PartialReturn, Restatement, Told
from pipelines.ranking import rank

D = Decimal
EXPECTED = Path(__file__).parent / "small_edition"
JUNE = Period(2022, 6)
NAMES = [
    "datapackage.json",
    "index.html",
    "notes.txt",
    "ranking.csv",
    "ranking.json",
    "ranking.jsonstat.json",
    "ranking.sdmx.csv",
    "structure.sdmx.json",
]
ELSEWHERE = {"dataset.jsonld", "manifest.json", "ranking.parquet", "ranking.xlsx", "verify.py"}
"""What holds bytes that another zlib or Arrow writes otherwise, checksums of those, or source: read in tests/unit/publish."""


def programme() -> Programme:
    method = Method(
        name="SAIMA-1",
        indicator="manufacturing_investment",
        base_source="bureau",
        signatures=("statistics", "dispatch"),
        public_ranking=True,
        show_levels=True,
        unit_scope="管理",
        indicators=tuple(
            ScoredIndicator(key, zh, en, D(weight), D(lo), D(mid), D(hi))
            for key, zh, en, weight, lo, mid, hi in (
                ("growth", "可比增速（收缩）", "Growth, shrunk", 30, "-0.10", "0.16", "0.40"),
                ("excess_pull", "超额拉动", "Excess pull", 15, "-27", "0", "45"),
                ("schedule_completion", "序时完成率", "Schedule completion", 15, "0.70", "1.00", "1.20"),
                ("major_projects", "重大项目完成率", "Major projects", 15, "0.60", "1.00", "1.30"),
                ("new_starts", "新开工率", "New starts", 10, "0.60", "0.90", "1.00"),
                ("stage_punctuality", "六环节准点率", "Stage punctuality", 10, "0.60", "0.90", "1.00"),
                ("service", "问题按期办结率", "Issues closed in time", 5, "0.80", "0.95", "1.00"),
            )
        ),
    )
    form = FormLayout(
        name="unit_month",
        zh="单位月报",
        en="Unit month",
        domain="stat",
        grain="indicator",
        measure="wan_yuan",
        amount_units={"万元": D(1)},
        columns=(),
        role="level",
        indicators=(Indicator("manufacturing_investment", (), "wan_yuan", "制造业投资", "Manufacturing investment"),),
    )
    return Programme(
        name="small",
        zh="小城示例",
        en="Small city example",
        path=Path("small"),
        version="0" * 64,
        time_zone="Asia/Shanghai",
        city_code="990000",
        city_zh="小城市",
        city_en="Small City",
        simulated=True,
        roster=UnitRoster(()),
        members=(),
        calendar=ReportingCalendar((), Workdays({})),
        seasonal={},
        targets=(),
        lists=(),
        sources=(),
        method=method,
        forms={"unit_month": form},
        codes=CodeLists({}, {}),
    )


def of(numerator: int, denominator: int) -> Ratio:
    return Ratio(D(numerator), D(denominator))


def edition() -> EditionContext:
    at = datetime(2022, 7, 25, 2, tzinfo=UTC)
    return EditionContext(
        edition_id="small-2022-06-1",
        period=JUNE,
        programme=programme(),
        rules_version="2022.1",
        drafted_at=datetime(2022, 7, 20, 1, 30, tzinfo=UTC),
        state="published",
        published_at=at,
        signatures=(PrintedSignature("statistics", "甲", at, True), PrintedSignature("dispatch", "乙", at, True)),
        freeze=datetime(2022, 7, 19, 4, tzinfo=UTC),
        inputs=(InputUsed("s2", "990002", "unit_month", 1), InputUsed("s1", "990001", "unit_month", 2)),
        told=Told(
            restatements=(Restatement("东县", "East County", "剔除重复项目", date(2022, 5, 3)),),
            partial=(PartialReturn("西区", "West District", "项目月报", "Project return", 1, 8),),
        ),
        previous={"990001": PreviousPlace(2, D("0.10")), "990002": PreviousPlace(1, D("0.305"))},
        previous_edition="small-2022-05-1",
    )


def small_ranking():
    units = [
        UnitInputs(
            "990001", "东县", D(100000), D(130000), D(240000), D("0.3"), of(95, 100), of(9, 10), of(44, 50), of(19, 20)
        ),
        UnitInputs(
            "990002",
            "西区",
            D(80000),
            D(76000),
            D(150000),
            D("-0.05"),
            None,
            of(3, 4),
            of(20, 25),
            of(0, 0),
            workdays_late=1,
            late=True,
            unanswered_share=D("0.125"),
            unanswered_queries=1,
            data_rows=8,
        ),
        UnitInputs("990003", "南市", D(60000), None, D(100000), D("0.02"), state="missing"),
    ]
    city = CityFigures("990000", "小城市", "Small City", D(270000), D(240000), D("0.125"), D("-0.01"), 4, 2)
    return rank(units, city, programme().method, D("0.58"), JUNE)


def test_small_edition_byte_for_byte(tmp_path):
    render(small_ranking(), edition(), tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {*NAMES, *ELSEWHERE}
    assert sorted(p.name for p in EXPECTED.iterdir()) == sorted([*NAMES, "manifest.json"])
    for name in NAMES:
        assert (tmp_path / name).read_bytes() == (EXPECTED / name).read_bytes(), f"{name} changed"
    assert manifest(tmp_path) == manifest(EXPECTED)


def manifest(folder: Path):
    """manifest.json without the checksums of ELSEWHERE."""
    document = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {**document, "files": {n: entry for n, entry in document["files"].items() if n not in ELSEWHERE}}


def test_manifest_describes_every_file_of_the_golden_folder():
    files = manifest(EXPECTED)["files"]
    assert sorted(files) == NAMES
    for name, entry in files.items():
        content = (EXPECTED / name).read_bytes()
        assert entry == {"sha256": sha256(content).hexdigest(), "bytes": len(content)}


if __name__ == "__main__":
    render(small_ranking(), edition(), EXPECTED)
    for other in ELSEWHERE - {"manifest.json"}:
        (EXPECTED / other).unlink()
