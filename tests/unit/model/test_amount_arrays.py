"""Amounts as whole numbers of 64 bits: what does not fit is known, never cut."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from pipelines.model.amount_arrays import amounts_as_yuan, fit_in_64_bits, yuan_as_amounts
from pipelines.model.tables import AMOUNT

LARGEST = Decimal(2**63 - 1).scaleb(-4)
STEP = Decimal("0.0001")


def test_what_fits_comes_back_and_what_does_not_is_told() -> None:
    values = [Decimal("0"), None, Decimal("-1.5"), LARGEST, LARGEST + STEP, -LARGEST - STEP, -LARGEST - 2 * STEP]
    array = pa.array(values, AMOUNT)
    yuan, known = amounts_as_yuan(array)
    assert known.tolist() == [True, False, True, True, True, True, True]
    fits = fit_in_64_bits(array)
    assert fits[known].tolist() == [True, True, True, False, True, False]
    sliced = array.slice(2, 3)
    assert fit_in_64_bits(sliced).tolist() == [True, True, False]
    assert yuan_as_amounts(yuan[:4], known[:4]).to_pylist() == values[:4]


def test_a_column_that_nobody_filled_fits() -> None:
    assert fit_in_64_bits(pa.nulls(2, AMOUNT)).all()
