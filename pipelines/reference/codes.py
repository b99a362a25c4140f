"""National code lists that project rows are checked against.

`industries_2017.csv`: GB/T 4754-2017 《国民经济行业分类》, section C manufacturing, divisions 13–43: 31 divisions and
609 classes (an undivided group has one class ending in 0). Transcribed from a public copy of the table on GitHub,
spot-checked against two others; 31 divisions, 179 groups and 609 classes are the counts of the standard.
Amendment 1 (国统字〔2019〕66号) could not be retrieved and is not applied.

`code_lists.csv`, column `evidence`:

- `found`: nature, holding, most of affiliation and status are the comments of a public database schema of the 206 form;
  reg_type is 《关于划分企业登记注册类型的规定》 (国统字〔2011〕86号) as public forms list it. The 报表制度
  itself was not retrieved.
- `own`: own knowledge, unverified (domain.md §7.6): status 筹建 and 单纯购置, affiliation 50, reg_type 411 and 412.
- `decided`: correction codes of domain_decisions §1; they have no numbers, the text is the code.

A code outside these lists is therefore a query, not an error (domain_decisions §2, B13).
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from ..model.programme import CodeLists

_HERE = Path(__file__).parent
DIVISION = "division"
"""Name of the list of two-digit divisions in `CodeLists.lists`."""


@cache
def code_lists() -> CodeLists:
    """`lists`: nature, status, affiliation, holding, reg_type, correction_code and division, each code → Chinese name;
    `industries`: four-digit class → Chinese name."""
    lists: dict[str, dict[str, str]] = {DIVISION: {}}
    industries: dict[str, str] = {}
    for row in _rows("industries_2017.csv"):
        (industries if len(row["code"]) == 4 else lists[DIVISION])[row["code"]] = row["name"]
    for row in _rows("code_lists.csv"):
        lists.setdefault(row["list"], {})[row["code"]] = row["name"]
    return CodeLists(lists=lists, industries=industries)


def _rows(name: str) -> list[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
