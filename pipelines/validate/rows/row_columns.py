"""Columns of the check frame that a row's own cells give: flags that say whether a rule asks, months counted, round figures.

A flag of type boolean with gaps is true, false, or absent where the question does not arise.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.catalogue.amount_rules import SCALE
from expectations.catalogue.cross_unit_rules import OWN_GROWTH
from expectations.catalogue.identity_rules import PROJECT_CODE
from expectations.catalogue.names import SIMILAR
from expectations.catalogue.void_entries import VOID_HINT

from ..explanations import adequate, voids, voids_name
from ..finding_texts import percent
from .column_arrays import flags, month_index
from .exact_decimals import absent, integers, months
from .row_view import RowView
from .validation_batch import Flags, Positions

_PHASE = re.compile(r"[一二三四五六七八九十0-9]+期|[ⅠⅡⅢⅣⅤIV]+期?")
_STEP = {"筹建": 1, "在建": 2, "全部投产": 3}
_IDLE = ("筹建", "全部停缓建", "停缓建", "单纯购置")
_GROUP = 40
"""Names of one enterprise's projects are compared pair by pair up to this many, each with its neighbours beyond."""


class OwnColumns:
    """Makes them for one check frame."""

    def __init__(self, frame: RowView) -> None:
        self._frame = frame
        self._batch = frame.batch
        self._lists = frame.batch.programme.codes.lists
        self.partners: dict[int, list[int]] = {}
        """B09: position → positions of the rows it looks like; filled when `stands_alone` is built."""
        self.by_name: dict[str, Callable[[], pd.Series]] = {
            "purchase": lambda: pd.Series(self.among("nature", "单纯购置")),
            "finished": lambda: pd.Series(self.among("status", "全部投产")),
            "december": lambda: pd.Series(self._period % 100 == 12),
            "documented": lambda: frame.column("doc_no").notna(),
            "late_start": self._late_start,
            "new_this_year": self._new_this_year,
            "monthly": self._monthly,
            "code_region_fits": self._code_region_fits,
            "site_in_unit": self._site_in_unit,
            "overrun_documented": self._overrun_documented,
            "name_stands": lambda: self._stands("project_name", voids_name),
            "remark_stands": lambda: self._stands("explanation", voids),
            "first_row": self._first_row,
            "growth_fits": lambda: self._growth()[0],
            "own_growth": lambda: self._growth()[1],
            "stands_alone": self._stands_alone,
            "round_figures": self._round_figures,
            "land_settled": self._land_settled,
            "produced_ym": self._produced,
            "production_allowed": self._production_allowed,
            "production_stated": self._production_stated,
            "production_reflected": self._production_reflected,
            "start_given": self._start_given,
            "months_since_production": self._months_since_production,
            "months_built": lambda: self._index("produced_ym") - self._index("started_ym"),
            "months_under_way": self._months_under_way,
            "status_step": lambda: self.step(frame.batch.rows["status"]),
            "code_ym": self._code_ym,
            "amount_row": lambda: pd.Series(
                pc.fill_null(pc.not_equal(frame.batch.rows["measure"], "count"), True).to_numpy().astype(bool)
            ),
        }

    @property
    def _period(self) -> Positions:
        return self._frame.column("period").to_numpy(dtype=np.int64)

    def _index(self, column: str) -> pd.Series:
        return month_index(self._frame.column(column))

    def codes_of(self, name: str, *meanings: str) -> list[str]:
        """Codes and names of a list's entries with these meanings."""
        codes = [code for code, text in self._lists.get(name, {}).items() if text in meanings]
        return [*codes, *meanings]

    def among(self, field: str, *meanings: str) -> Flags:
        values = pa.array(self.codes_of(field, *meanings))
        found: Flags = pc.is_in(self._batch.rows[field], value_set=values).to_numpy().astype(bool)
        return found

    def step(self, status: pa.ChunkedArray) -> pd.Series:
        """How far a project is: 筹建 1, 在建 2, 全部投产 3; absent for other states."""
        steps = {code: step for name, step in _STEP.items() for code in self.codes_of("status", name)}
        encoded = status.combine_chunks().dictionary_encode()
        table = np.array([steps.get(text, 0) for text in encoded.dictionary.to_pylist()] + [0], dtype=np.int64)
        found = table[encoded.indices.fill_null(len(table) - 1).to_numpy(zero_copy_only=False).astype(np.int64)]
        return integers(found, found == 0)

    def _late_start(self) -> pd.Series:
        started = self._frame.column("started_ym")
        same_year = (started // 100 == self._period // 100) & (started % 100 >= 10)
        return same_year.fillna(False).astype(bool)

    def _new_this_year(self) -> pd.Series:
        started = (self._frame.column("started_ym") // 100 == self._period // 100).fillna(False)
        return (started & self._frame.column("opening_cum_total").isna()).astype(bool)

    def _monthly(self) -> pd.Series:
        """The month's figure; half of it in the first period of a year, which covers two months."""
        month, first = self._frame.column("month"), self._frame.column("first_period").to_numpy(dtype=bool)
        return month.where(~first, month // 2)

    @cached_property
    def _is_code(self) -> pd.Series:
        """Whether the project code is written as one."""
        return self._frame.column("project_code").str.contains(PROJECT_CODE).fillna(False)

    def _code_region_fits(self) -> pd.Series:
        code, site = self._frame.column("project_code"), self._frame.column("site_code")
        region = code.str.slice(5, 11)
        asked = self._is_code.to_numpy(dtype=bool)
        fits = (region == site.str.slice(0, 6)).fillna(False).to_numpy(dtype=bool, copy=True)
        rest = np.flatnonzero(asked & ~fits)
        accepted = [self._accepted(n) for n in range(len(self._batch.parts))]
        submission, texts = self._batch.submission[rest].tolist(), region.iloc[rest].tolist()
        fits[rest] = [text in accepted[n] for n, text in zip(submission, texts, strict=True)]
        return flags(fits, asked)

    def _site_in_unit(self) -> pd.Series:
        """Whether the county of the site is the sender's, its parent, or one that it may use; zones name others' townships too."""
        encoded = pc.utf8_slice_codeunits(self._batch.rows["site_code"], 0, 6).combine_chunks().dictionary_encode()
        texts = encoded.dictionary.to_pylist()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        table = np.zeros((len(self._batch.parts), len(texts) + 1), dtype=bool)
        for ordinal in range(len(self._batch.parts)):
            accepted = self._accepted(ordinal)
            table[ordinal, : len(texts)] = [text in accepted for text in texts]
        return flags(table[self._batch.submission, codes], codes >= 0)

    def _overrun_documented(self) -> pd.Series:
        """A document is named and the explanation is adequate."""
        documented = self._frame.column("doc_no").notna().to_numpy(dtype=bool, copy=True)
        texts = self._batch.rows["explanation"]
        for position in np.flatnonzero(documented).tolist():
            documented[position] = adequate(texts[position].as_py())
        return pd.Series(documented)

    def _stands(self, field: str, void: Callable[[str], bool]) -> pd.Series:
        """B16: the text of a row does not say that the row is void."""
        texts = self._batch.rows[field]
        stands = ~pc.fill_null(pc.match_substring_regex(texts, VOID_HINT), False).to_numpy().astype(bool)
        for position in np.flatnonzero(~stands).tolist():
            stands[position] = not void(texts[position].as_py())
        return flags(stands, np.asarray(pc.is_valid(texts).to_numpy(), dtype=bool))

    def _first_row(self) -> pd.Series:
        """A project that no accepted month of the year holds; in the first period D01 asks the same."""
        index, count = self._frame.history_index, len(self._batch.parts)
        same_year = self._batch.spread([index.same_year(n) for n in range(count)], "bool").astype(bool)
        known = (self._frame.at_previous >= 0) & same_year
        first = self._frame.column("first_period").to_numpy(dtype=bool)
        return pd.Series(~known & ~first)

    def _growth(self) -> tuple[pd.Series, pd.Series]:
        """(the stated growth fits the levels of its row, growth of the levels as text)."""
        stated = np.asarray(self._batch.rows["growth"].to_pandas(), dtype=np.float64)
        now, then = self._frame.column("ytd"), self._frame.column("ytd_last_year")
        asked = ~np.isnan(stated) & (then > 0).fillna(False).to_numpy(dtype=bool) & now.notna().to_numpy(dtype=bool)
        own = np.zeros(self._batch.size)
        own[asked] = now[asked].to_numpy(dtype=np.float64) / then[asked].to_numpy(dtype=np.float64) - 1
        fits = np.abs(stated - own) <= OWN_GROWTH
        texts = pd.Series([None] * self._batch.size, dtype="str")
        for position in np.flatnonzero(asked & ~fits).tolist():
            texts.iloc[position] = percent(Decimal(repr(float(own[position]))))
        return flags(fits, asked), texts.where(texts.notna(), "") if self._batch.size else texts

    def _accepted(self, ordinal: int) -> set[str]:
        programme = self._batch.programme
        unit = programme.roster.get(self._batch.parts[ordinal].unit_code or "")
        codes = {programme.city_code or "", *((unit.code, unit.parent or "", *unit.accepted_codes) if unit else ())}
        return {code[:6] for code in codes if code}

    def _stands_alone(self) -> pd.Series:
        encoded = pa.array(self._frame.column("uscc"), pa.string()).dictionary_encode()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        keys = pd.Series(self._batch.submission * (len(encoded.dictionary) + 1) + codes)
        at = np.flatnonzero(keys.duplicated(keep=False).to_numpy() & (codes >= 0))
        taken = self._batch.rows.select(["project_name", "plan_total", "start_ym"]).take(pa.array(at)).to_pydict()
        names, sizes, starts = taken["project_name"], taken["plan_total"], taken["start_ym"]
        for group in pd.Series(at).groupby(keys.to_numpy()[at]).indices.values():
            members = sorted(np.asarray(group).tolist(), key=lambda i: names[i] or "")
            for first, second in _pairs(members):
                same = sizes[first] is not None and (sizes[first], starts[first]) == (sizes[second], starts[second])
                if (same and starts[first] is not None) or _similar(names[first] or "", names[second] or ""):
                    self.partners.setdefault(int(at[first]), []).append(int(at[second]))
                    self.partners.setdefault(int(at[second]), []).append(int(at[first]))
        alone = np.ones(self._batch.size, dtype=bool)
        alone[list(self.partners)] = False
        return flags(alone, codes >= 0)

    def _round_figures(self) -> pd.Series:
        """How many of ytd and its parts are non-zero multiples of 1000 万元; the joint part only where it stands alone."""
        count = np.zeros(self._batch.size, dtype=np.int64)
        parts = {name: self._frame.column(name) for name in ("ytd", "build", "install", "equip", "other")}
        joint = self._frame.column("build_install")
        joint = joint.where(parts["build"].isna() & parts["install"].isna())
        for values in (*parts.values(), joint):
            filled = values.fillna(0).to_numpy(dtype=np.int64)
            count += (filled != 0) & (filled % (1000 * SCALE) == 0)
        return pd.Series(pd.arrays.IntegerArray(count, np.zeros(len(count), dtype=bool)))

    def _land_settled(self) -> pd.Series:
        rows = self._batch.rows
        marked = pc.fill_null(pc.match_substring(rows["value_status"], '"land_actual":"N"'), False)
        settled = self._frame.column("land_actual").notna() | self._frame.column("na_flag").notna()
        return flags(
            settled.to_numpy(dtype=bool) | marked.to_numpy().astype(bool),
            self._frame.column("start_actual").notna().to_numpy(dtype=bool),
        )

    def _produced(self) -> pd.Series:
        """Month of full commissioning, absent where it is only planned (拟、计划)."""
        produced = months(self._batch.rows["prod_ym"])
        planned = [n.position for n in self._batch.notes if n.field == "prod_ym" and n.code == "planned_date"]
        produced.iloc[planned] = pd.NA
        return produced

    def _past(self) -> tuple[Flags, Flags]:
        """(commissioned by the period, a month of commissioning given)."""
        produced = self._frame.column("produced_ym")
        return (produced <= self._period).fillna(False).to_numpy(dtype=bool), produced.notna().to_numpy(dtype=bool)

    def _production_allowed(self) -> pd.Series:
        return flags(~self._past()[1], self.among("status", *_IDLE))

    def _production_stated(self) -> pd.Series:
        return flags(self._past()[0], self.among("status", "全部投产"))

    def _production_reflected(self) -> pd.Series:
        stated = ~absent(self._batch.rows["status"])
        return flags(self.among("status", "全部投产"), self._past()[0] & stated & ~self.among("status", *_IDLE))

    def _start_given(self) -> pd.Series:
        invested = (self._frame.column("ytd") > 0).fillna(False).to_numpy(dtype=bool)
        bought = self.among("nature", "单纯购置") | self.among("status", "单纯购置")
        prepared = self.among("status", "筹建") & self._frame.column("doc_no").notna().to_numpy(dtype=bool)
        return flags(self._frame.column("started_ym").notna().to_numpy(dtype=bool), invested & ~bought & ~prepared)

    def _months_since_production(self) -> pd.Series:
        return self._index("period").astype("Int64") - self._index("produced_ym")

    def _months_under_way(self) -> pd.Series:
        """Start to commissioning, or to the period where the project is still under construction."""
        produced = self._index("produced_ym").where(self._past()[0])
        until = produced.where(produced.notna(), self._index("period").astype("Int64"))
        asked = self._past()[0] | self.among("status", "在建")
        return (until - self._index("started_ym")).where(asked)

    def _code_ym(self) -> pd.Series:
        """Month the project code was assigned: YYMM since November 2020; before it the year, read as its January."""
        code = self._frame.column("project_code")
        head = code.where(self._is_code).str.slice(0, 4).astype("Int64")
        by_year = (head % 100 == 0) | (head % 100 > 12) | ((head >= 1980) & (head <= 2012))
        return (head * 100 + 1).where(by_year, 200_000 + head)


def _pairs(members: list[int]) -> list[tuple[int, int]]:
    reach = len(members) if len(members) <= _GROUP else 2
    return [(a, b) for i, a in enumerate(members) for b in members[i + 1 : i + 1 + reach]]


def _similar(first: str, second: str) -> bool:
    """Equal but for a tenth, and not two phases of one project."""
    first, second = (unicodedata.normalize("NFKC", text) for text in (first, second))
    if not first or not second or _PHASE.findall(first) != _PHASE.findall(second):
        return False
    matcher = difflib.SequenceMatcher(None, first, second)
    return bool(matcher.real_quick_ratio() >= SIMILAR <= matcher.quick_ratio() and matcher.ratio() >= SIMILAR)
