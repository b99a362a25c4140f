"""A unit of few enterprises that has not sent: nothing of it is printed, and nothing that it would follow from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.examples import CLEAN, example_uscc
from pipelines.flow.month.gate_documents import gate_document
from pipelines.flow.month.run_month import run_month
from pipelines.model.periods import Period

from .bureau_programme import BASES, YTD, Bureau

pytestmark = pytest.mark.slow
FEW = "330402"
MARCH = Period(2022, 3)
SENT, AUDIT, AFTER = (datetime(2022, 3, day, 3, tzinfo=UTC) for day in (8, 14, 25))
LATER = timedelta(days=31)


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[Bureau]:
    found = Bureau.open(tmp_path, ("project_month",))
    yield found
    found.context.warehouse.close()


def send(bureau: Bureau, code: str, at: datetime, level: int, base: int, label: str, enterprises: int) -> None:
    bureau.county(code, at, ytd=level, last_year=base, month=label)
    rows: list[dict[str, Any]] = []
    for number in range(enterprises):
        own = level // enterprises
        row = {**CLEAN["project_month"], "reported_unit_code": code, "site_code": f"{code}100", "month": own // 10}
        row |= {"stat_project_no": f"{code}000220{number:02d}", "project_code": f"2101-{code}-04-01-1000{number:02d}"}
        row |= {"project_name": f"年产{number + 3}万台电机项目", "uscc": example_uscc(int(code) * 100 + number)}
        row |= {"plan_total": 900_000, "cum_total": 40_000 + own, "ytd": own, "build": own // 2, "install": 0}
        row |= {"equip": own - own // 2, "other": 0, "old_equip": 0, "renew_equip": 0, "land_fee": 0}
        rows.append(row)
    bureau.projects("project_month", code, at, rows, f"2022年{label}")


@pytest.mark.parametrize("enterprises", [2, 6], ids=["few", "enough"])
def test_a_unit_that_is_not_in_is_not_given_away(bureau: Bureau, enterprises: int) -> None:
    """Its comparable base stood in the table, which is what two enterprises did a year ago; and the city's total less the others is what
    they did this year."""
    for code, level in YTD.items():
        send(bureau, code, SENT, level, BASES[code], "1—2月", enterprises if code == FEW else 6)
    bureau.city(AUDIT, BASES, YTD, city_base=sum(BASES.values()))
    first = run_month(bureau.context, Period(2022, 2), AFTER, bureau.inbox, sign_off_as="演示")
    assert first.state == "published", first.reason
    levels, bases = ({c: n * 11 // 10 for c, n in one.items()} for one in (YTD, BASES))
    for code in YTD.keys() - {FEW}:
        send(bureau, code, SENT + LATER, levels[code], bases[code], "1—3月", 6)
    bureau.city(AUDIT + LATER, bases, levels, city_base=sum(bases.values()), month="1—3月")
    done = run_month(bureau.context, MARCH, AFTER + LATER, bureau.inbox, sign_off_as="演示")
    assert done.path, done.reason
    document = json.loads((Path(done.path).parent / "ranking.json").read_bytes())
    own = next(unit for unit in document["units"] if unit["unit"] == FEW)
    without = [unit["unit"] for unit in document["units"] if unit["ytd"] is None]
    told = [w.code for w in gate_document(bureau.context, MARCH, AFTER + LATER).withheld if w.reason == "absent"]
    assert own["state"] == "missing" and own["remarks"] != ["不予公布"]
    if enterprises == 2:
        assert own["base"] is None and own["annual_target"] is None and told == [FEW]
        assert document["city"]["ytd"] is None or len(without) > 1
    else:
        assert own["base"] == str(bases[FEW]) and without == [FEW] and not told
