"""method.toml against the forms and units of its folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path

from ..errors import ConfigError
from ..model.forms import FormLayout
from ..model.ranking import INDICATORS
from .checks import role_name
from .error_list import ErrorList
from .method_file import MethodFile
from .toml_lines import line_of
from .value_errors import Location, close_to


class MethodCheck:
    """method.toml against the forms: the ranked indicator exists, the columns that it is counted from are there, weights sum to
    100, anchors ascend, and a bureau's base has a bureau to send it."""

    def __init__(self, path: Path, text: str, method: MethodFile, errors: ErrorList) -> None:
        self.path, self.text, self.method, self.errors = path, text, method, errors

    def refuse(self, location: Location, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None) -> None:
        self.errors.add(ConfigError(self.path, line_of(self.text, location) or 1, zh, en, allowed, value))

    def check(
        self, names: Collection[str], forms: Mapping[str, FormLayout], bureaus: int | None, has_city: bool
    ) -> None:
        """`names`: all forms of the folder; `bureaus`: how many units are of kind bureau, None where units.csv did not load;
        `has_city`: programme.toml names a city_code, or did not load."""
        method = self.method
        if len(set(method.signatures)) < len(method.signatures):
            self.refuse(("signatures",), "签署角色重复", "a signature is given twice", (), ", ".join(method.signatures))
        if set(method.signatures) == {"author"}:
            self.refuse(
                ("signatures",),
                "没有审核人：编制者自己签发的不得发布，须另有一个角色签署",
                "nobody reviews: what its author alone signs is not published, name a further role",
                ("reviewer", "approver", "statistics", "dispatch"),
                "author",
            )
        base, loaded = role_name(forms, "base"), set(names) == set(forms)
        if method.base_source == "bureau" and ((not base and loaded) or bureaus not in (1, None) or not has_city):
            self.refuse(
                ("base_source",),
                '基数由市局提供时，须有一张 role = "base" 的报表、city_code 和一个 bureau 单位',
                'base_source = bureau needs a form with role = "base", a city_code and exactly one unit of kind bureau',
                ("submission",),
                method.base_source,
            )
        self._check_forms(names, forms)
        self._check_scores()

    def _check_forms(self, names: Collection[str], forms: Mapping[str, FormLayout]) -> None:
        method = self.method
        level = role_name(forms, "level")
        ranked = [level, *([role_name(forms, "base")] if method.base_source == "bureau" else [])]
        for name in ranked:
            layout = forms.get(name)
            if layout is None:
                continue
            known = tuple(indicator.code for indicator in layout.indicators)
            if method.indicator not in known:
                near = close_to(method.indicator, known)
                self.refuse(
                    ("indicator",),
                    f"{name} 没有指标 {method.indicator}{near[0]}",
                    f"no such indicator in {name}: {method.indicator}{near[1]}",
                    known,
                    method.indicator,
                )
            scope = layout.column("scope")
            if method.unit_scope and scope is None:
                self.refuse(
                    ("unit_scope",),
                    f"{name} 没有口径列 scope，无法按“{method.unit_scope}”排名",
                    f"{name} has no column scope: nothing can be ranked by {method.unit_scope}",
                    ('""',),
                    method.unit_scope,
                )
            if not method.unit_scope and scope is not None and scope.required:
                self.refuse(
                    ("unit_scope",),
                    f"{name} 要求填口径，须写明按哪个口径排名",
                    f"{name} requires a scope: say which one is ranked",
                    ("属地", "管理"),
                    method.unit_scope,
                )
        lead = forms.get(level)
        self._check_further(lead)
        if method.rank_by == "official_growth" and method.name != "growth_rank":
            self.refuse(
                ("rank_by",),
                "SAIMA-1 按总量计分，不能只按公布的增速",
                "SAIMA-1 scores levels and cannot rest on stated growth alone",
                ("levels",),
                method.rank_by,
            )
        self._check_ranked_column(("rank_by",), method.rank_by, forms)
        if (
            method.rank_by == "levels"
            and method.base_source == "submission"
            and lead is not None
            and lead.column("ytd_last_year") is None
        ):
            self.refuse(
                ("base_source",),
                f"基数由报送单位提供时，{level} 须有 ytd_last_year 列",
                f"base_source = submission needs the column ytd_last_year in {level}",
                ("bureau",),
                method.base_source,
            )
        dispatch = method.name == "SAIMA-1" or "dispatch" in method.signatures
        if dispatch and set(names) == set(forms) and not role_name(forms, "dispatch"):
            place = ("name",) if method.name == "SAIMA-1" else ("signatures",)
            self.refuse(
                place,
                '没有 role = "dispatch" 的调度报表：SAIMA-1 的四项指标和调度签署无从谈起',
                'no form with role = "dispatch": four indicators of SAIMA-1 and the signature dispatch rest on it',
                ("growth_rank",) if method.name == "SAIMA-1" else ("statistics",),
                method.name if method.name == "SAIMA-1" else "dispatch",
            )

        if method.disclosure.require_counts and set(names) == set(forms) and not role_name(forms, "detail"):
            self.refuse(
                ("disclosure", "require_counts"),
                '没有 role = "detail" 的明细报表，参与企业数无从得知',
                'no form with role = "detail": contributing enterprises cannot be counted',
                ("false",),
                "true",
            )

    def _check_ranked_column(self, place: Location, rank_by: str, forms: Mapping[str, FormLayout]) -> None:
        """What units are placed by is a column of the form that gives it."""
        growth = rank_by == "official_growth"
        of_bureau = growth and self.method.base_source == "bureau"
        name, field = role_name(forms, "base" if of_bureau else "level"), "growth" if growth else "ytd"
        field = "growth_official" if of_bureau else field
        layout = forms.get(name)
        if layout is not None and layout.column(field) is None:
            other = "levels" if growth else "official_growth"
            self.refuse(
                place,
                f"{name} 没有 {field} 列，无法按 {rank_by} 排名",
                f"{name} has no column {field}: nothing can be ranked by {rank_by}",
                (other,),
                rank_by,
            )

    def _check_further(self, lead: FormLayout | None) -> None:
        """Further indicators are indicators of the lead form, each once."""
        known = tuple(indicator.code for indicator in lead.indicators) if lead is not None else ()
        seen = {(self.method.indicator, self.method.unit_scope)}
        for number, one in enumerate(self.method.further):
            place: Location = ("further", number, "indicator")
            if lead is not None and one.indicator not in known:
                near = close_to(one.indicator, known)
                zh, en = (
                    f"{lead.name} 没有指标 {one.indicator}{near[0]}",
                    f"no such indicator in {lead.name}: {one.indicator}{near[1]}",
                )
                self.refuse(place, zh, en, known, one.indicator)
            elif (one.indicator, one.unit_scope) in seen:
                self.refuse(
                    place,
                    f"指标 {one.indicator} 已在排名",
                    f"the indicator {one.indicator} is ranked already",
                    (),
                    one.indicator,
                )
            seen.add((one.indicator, one.unit_scope))

    def _check_scores(self) -> None:
        method = self.method
        keys = [indicator.key for indicator in method.indicators]
        expected = INDICATORS if method.name != "growth_rank" else ()
        missing = [key for key in INDICATORS if key not in keys] if method.name == "SAIMA-1" else []
        for number, indicator in enumerate(method.indicators):
            if indicator.key not in expected or keys.index(indicator.key) != number:
                near = close_to(indicator.key, missing)
                missing = [key for key in missing if f"did you mean {key}?" not in near[1]]
                self.refuse(
                    ("indicators", number, "key"),
                    f"指标 {indicator.key} 未知或重复{near[0]}",
                    f"indicator {indicator.key} is unknown or given twice{near[1]}",
                    expected,
                    indicator.key,
                )
            if not indicator.lo < indicator.mid < indicator.hi:
                self.refuse(
                    ("indicators", number, "lo"),
                    "须有 lo < mid < hi",
                    "lo < mid < hi is required",
                    (),
                    f"{indicator.lo}, {indicator.mid}, {indicator.hi}",
                )
        if missing:
            self.refuse(
                ("name",), f"{method.name} 缺少指标 {missing[0]}", f"{method.name} lacks {missing[0]}", expected
            )
        if method.name not in ("SAIMA-1", "growth_rank") and not keys:
            self.refuse(
                ("name",), f"{method.name} 至少要有一项指标", f"{method.name} needs an indicator at least", expected
            )
        total = sum((indicator.weight for indicator in method.indicators), Decimal(0))
        if method.indicators and total != 100 and not missing:
            self.refuse(
                ("indicators", 0, "weight"),
                f"权重合计 {total}，应为 100",
                f"the weights sum to {total}, not 100",
                (),
                total,
            )
