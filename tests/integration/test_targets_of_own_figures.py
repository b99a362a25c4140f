"""A programme without the bureau's form: targets and headline are measured on what its units send, as its editions are."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.flow.dispatch.briefs import headline_of
from pipelines.flow.dispatch.dispatch_view import DispatchView
from pipelines.flow.dispatch.target_tables import targets_document
from pipelines.model.periods import Period

from . import second_city, second_city_bureau
from .second_city import MONTHS, UNITS
from .second_city_bureau import CITY

pytestmark = pytest.mark.slow
APRIL = MONTHS[-1]


@pytest.mark.parametrize("silent", ["", "331081"])
def test_targets_are_measured_on_the_figures_of_the_units(tmp_path: Path, silent: str) -> None:
    """They had no data. The city is the sum of its units once all are in: a part is not held against the whole's target."""
    context, told = second_city_bureau.opened(tmp_path, bureau=False), second_city_bureau.population(3)
    sent = {form: told[form] for form in ("unit_month", "dispatch_month")}
    sent["unit_month"][APRIL] = [r for r in sent["unit_month"][APRIL] if r["reported_unit_code"] != silent]
    second_city.send(context, tmp_path / "in", sent)
    view = DispatchView(context, Period(2023, 4), datetime(2023, 5, 22, tzinfo=UTC))
    document, head = targets_document(view), headline_of(view)
    own = {row["reported_unit_code"]: Decimal(row["ytd"]) for row in sent["unit_month"][APRIL]}
    assert {one.scope: one.actual for one in document.units} == {unit: own.get(unit) for unit in UNITS}
    whole = None if silent else sum(own.values())
    (year,) = [one for one in document.targets if (one.metric, one.scope, one.window) == ("ytd", CITY, "2023-12")]
    assert year.actual == whole and head.ytd == whole
    base = sum(row["ytd_last_year"] for row in sent["unit_month"][APRIL])
    assert head.growth == (None if whole is None else round(whole / base - 1, 6))
    assert bool(head.text) == (whole is not None)
