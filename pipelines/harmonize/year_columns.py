"""Two columns of one name that two years tell apart, as bulletins print them: 2022年1-6月 | 2021年1-6月."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache

from pipelines.model.header_text import bracket_texts, header_key

_YEAR = re.compile(r"(?<!\d)(20\d\d)年")
_LAST_YEAR = header_key("上年1-本月")


def last_year_apart(
    paths: Mapping[str, tuple[str, ...]],
    columns: MutableMapping[str, int],
    headers: MutableMapping[str, str],
    units: MutableMapping[str, tuple[str, ...]],
    duplicate: list[tuple[int, str, str]],
) -> None:
    """Of a pair of such columns the older is last year's, where the form has a field for that and the table no other column of it. Which
    year is the table's own is looked at later (`header_months`). The arguments are those of a header's match, and changed."""
    name = next(iter(paths.get(_LAST_YEAR, ())), "")
    if len(duplicate) != 1 or not name or name in columns:
        return
    at, header, current = duplicate[0]
    both = _year(header), _year(headers[current])
    if not all(both) or abs(both[0] - both[1]) != 1:
        return
    older = (at, header)
    if both[0] > both[1]:
        older = (columns[current], headers[current])
        columns[current], headers[current], units[current] = at, header, bracket_texts(header)
    columns[name], headers[name], units[name] = *older, bracket_texts(older[1])
    duplicate.clear()


@lru_cache(maxsize=1_024)
def _year(header: str) -> int:
    """The only year that a header names; 0 where it names none, or several."""
    years = set(_YEAR.findall(header.replace(" ", "")))
    return int(years.pop()) if len(years) == 1 else 0
