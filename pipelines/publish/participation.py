"""Who took part in an edition and who did not, in one place for every text, card and page: late, missing, rejected, withheld, without a
figure or a rank; and who grew faster than the whole, by the rates as they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from ..model.ranking import SUPPRESSED, Ranking
from .edition_context import BilingualText
from .figures import as_printed

LATE, UNCORRECTED = "迟报", "逾期未更正"
TOO_SMALL = "基数过小"
"""Remark of a unit whose base is too small: its rate stands in the table, is scored by nobody and nobody's yardstick."""
Row = TypeVar("Row")


@dataclass(frozen=True)
class Participant:
    """What an edition says of a unit's taking part."""

    name: str
    name_en: str
    state: str
    remarks: Sequence[str]
    ranked: bool

    @property
    def late(self) -> bool:
        """Whether its first readable return came after the due hour; of a unit that sent none nobody can say so."""
        return LATE in self.remarks


@dataclass(frozen=True)
class ParticipantGroup:
    """Units of one standing. `ranks`: they have a rank all the same."""

    zh: str
    en: str
    units: tuple[Participant, ...]
    ranks: bool = False


def of_ranking(ranking: Ranking) -> list[Participant]:
    """The units of a ranking."""
    return [
        Participant(unit.name, unit.name_en, unit.inputs.state, unit.remarks, unit.rank is not None)
        for unit in ranking.units
    ]


def of_document(document: Mapping[str, Any]) -> list[Participant]:
    """The units of a published document (ranking.json)."""
    return [
        Participant(unit["name"], unit["name_en"], unit["state"], unit["remarks"], unit["rank"] is not None)
        for unit in document["units"]
    ]


def groups(units: Sequence[Participant]) -> tuple[ParticipantGroup, ...]:
    """The groups that hold anybody; each unit without a rank stands in exactly one of those without."""
    without = [unit for unit in units if not unit.ranked]
    found = (
        ParticipantGroup("迟报", "late", tuple(u for u in units if u.late), True),
        ParticipantGroup(
            UNCORRECTED, "not corrected in time", tuple(u for u in units if UNCORRECTED in u.remarks), True
        ),
        *(
            ParticipantGroup(zh, en, tuple(u for u in without if standing(u) == key))
            for key, zh, en in (
                ("missing", "未报", "missing"),
                ("rejected", "审核未通过", "rejected"),
                ("suppressed", SUPPRESSED, "not published"),
                ("unranked", "已报而无可排名数据", "reported without a figure to rank"),
                ("scored", "不符合排名条件", "not eligible for a rank"),
            )
        ),
    )
    return tuple(group for group in found if group.units)


def standing(unit: Participant) -> str:
    """The state of a unit, those whose figures are kept back on purpose apart from those that have none."""
    return "suppressed" if unit.state == "unranked" and SUPPRESSED in unit.remarks else unit.state


def late_units(units: Iterable[Participant]) -> int:
    """How many came late."""
    return sum(unit.late for unit in units)


def left_out(too_small: int, without_rate: int = 0) -> BilingualText:
    """Behind a comparison of rates: how many have a rate in the table and no part in it, since their base is too small, and how many have
    none there (not published, missing). Nothing of none."""
    if not too_small and not without_rate:
        return BilingualText("", "")
    zh = [f"基数过小的{too_small}个" if too_small else "", f"未列增速的{without_rate}个" if without_rate else ""]
    en = [
        f"{too_small} with too small a base" if too_small else "",
        f"{without_rate} without a printed rate" if without_rate else "",
    ]
    return BilingualText(
        f"（{'、'.join(filter(None, zh))}地区不计）", f" (not counting {' and '.join(filter(None, en))})"
    )


def faster_than(rates: Iterable[tuple[Row, Decimal | None]], whole: Decimal | None) -> list[tuple[Row, Decimal]]:
    """Those whose rate (a fraction) is above the whole's, both as the table prints them: what readers count there."""
    if whole is None:
        return []
    limit = as_printed(whole)
    return [(row, rate) for row, rate in rates if rate is not None and as_printed(rate) > limit]
