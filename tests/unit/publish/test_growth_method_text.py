"""What an edition that ranks by growth says of who takes part."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from pipelines.model.programme import RankBy
from pipelines.publish.edition_texts import notes as notes_of

from .small_editions import METHOD, edition, ranking


@pytest.mark.parametrize(
    ("least", "rank_by", "levels", "says"),
    [
        ("0", "levels", True, "本期按增速排名，基数大于0的单位参加；增速相等者并列。"),
        ("20000", "levels", True, "本期按增速排名，基数不低于2亿元的单位参加；增速相等者并列。"),
        ("0", "levels", False, "本期按增速排名；增速相等者并列。"),
        ("0", "official_growth", True, "本期按增速排名；增速相等者并列。"),
    ],
)
def test_who_takes_part(least: str, rank_by: RankBy, levels: bool, says: str) -> None:
    """A unit without a base has no growth: “a base of at least 0” let it in."""
    method = replace(METHOD, name="growth_rank", min_base=Decimal(least), rank_by=rank_by, show_levels=levels)
    notes = [note.zh for note in notes_of(ranking(method=method), edition(method))]
    assert [note for note in notes if "按增速排名" in note] == [says]
