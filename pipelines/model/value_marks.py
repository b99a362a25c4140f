"""Words and signs that stand in a figure's cell and have a meaning of their own (增亏, 扭亏, *): data of a layout, meanings of this
list; and what a growth rate is called where the base is negative or the sign changes, so that a ratio says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

Meaning = Literal[
    "loss_widened",
    "loss_narrowed",
    "turned_profit",
    "turned_loss",
    "loss_unchanged",
    "suppressed",
    "not_available",
    "not_applicable",
]

MEANINGS: Mapping[Meaning, tuple[str, str]] = {
    "loss_widened": ("增亏", "loss widened"),
    "loss_narrowed": ("减亏", "loss narrowed"),
    "turned_profit": ("扭亏为盈", "turned to profit"),
    "turned_loss": ("由盈转亏", "turned to loss"),
    "loss_unchanged": ("亏损持平", "loss unchanged"),
    "suppressed": ("不予公布", "suppressed"),
    "not_available": ("暂缺", "not available"),
    "not_applicable": ("不适用", "not applicable"),
}
"""How each is printed, Chinese and English."""

OF_GROWTH: frozenset[Meaning] = frozenset(
    ("loss_widened", "loss_narrowed", "turned_profit", "turned_loss", "loss_unchanged")
)
"""Those that stand in place of a growth rate."""


def growth_word(value: Decimal | None, base: Decimal | None) -> Meaning | None:
    """The word for the change from a negative base, or to a negative value; None where a rate says it (or nothing is known)."""
    if value is None or base is None or (base >= 0 and value >= 0) or base == 0:
        return None
    if base > 0:
        return "turned_loss"
    if value >= 0:
        return "turned_profit"
    return "loss_unchanged" if value == base else "loss_widened" if value < base else "loss_narrowed"
