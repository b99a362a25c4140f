"""Who a simulated project is: name, owner, codes with valid check digits, structure of its investment. Names are invented, but for
the two projects the seed article names (晶科, L8; 赞昇, L17)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..model.programme import CodeLists
from .population import Project
from .published_facts import Trade, UnitFacts, trades, unit_facts
from .stream import Stream

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_BRAND = (
    "华盛宏泰佳恒永昌瑞祥天宇金鑫东正元和顺达科新诚信亿联博远卓越启明星辰海纳百川嘉禾润泽"
    "凯旋腾飞志伟力源德隆兴旺丰利康安晟睿捷骏驰浩翔凌云锦绣晨曦沐岚颐尚巨嵘铭钧浦泓沛烨"
)

_NATURES = ("新建", "扩建", "改建和技术改造", "迁建")
_TITLES = {
    "新建": "项目",
    "扩建": "扩建项目",
    "改建和技术改造": "生产线技术改造项目",
    "迁建": "迁建项目",
    "单纯购置": "生产设备购置项目",
}
_TYPES = {"新建": "01", "扩建": "01", "改建和技术改造": "02", "迁建": "01", "单纯购置": "03"}
_OWNERS = (
    ("私营有限责任公司", "私人控股", 62),
    ("有限责任公司", "私人控股", 16),
    ("股份有限公司", "私人控股", 8),
    ("国有独资公司", "国有控股", 2),
    ("港、澳、台商独资经营企业", "港澳台商控股", 5),
    ("外资企业", "外商控股", 7),
)
"""登记注册类型, 控股情况 and their share in percent."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The unchanging columns of a project, coded fields as canonical codes; `shares` of building, installation, equipment in ‰."""

    site_code: str
    stat_project_no: str
    project_code: str
    project_name: str
    owner_name: str
    uscc: str
    industry_code: str
    reg_type: str
    holding: str
    affiliation: str
    nature: str
    na_flag: str
    shares: tuple[int, int, int]
    land: int
    loans: int
    floor: int


@cache
def townships() -> Mapping[str, tuple[str, ...]]:
    """Township codes of each unit under 管理口径: 经开 and 港区 have their own, which the counties around them lack."""
    result: dict[str, tuple[str, ...]] = {}
    with (Path(__file__).parent / "townships.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            result[row["unit_code"]] = (*result.get(row["unit_code"], ()), row["site_code"])
    return result


def code_of(codes: CodeLists, list_name: str, name: str) -> str:
    """The code of an entry by its Chinese name; the name where the programme has no such list."""
    folded = _plain(name)
    for code, entry in codes.lists.get(list_name, {}).items():
        if _plain(entry).startswith(folded):
            return code
    return name


def _plain(text: str) -> str:
    return text.replace("（", "(").replace("、", "").replace("其他有限", "有限")


def identify(facts: UnitFacts, projects: Sequence[Project], codes: CodeLists) -> list[Identity]:
    """One identity a project of the unit, in the same order."""
    known = [t for t in trades() if not codes.industries or t.industry in codes.industries]
    local = [t for t in known if facts.place in t.places]
    serials: Counter[str] = Counter()
    return [_identify(facts, p, known, local, codes, serials) for p in projects]


def _identify(
    facts: UnitFacts,
    p: Project,
    known: Sequence[Trade],
    local: Sequence[Trade],
    codes: CodeLists,
    serials: Counter[str],
) -> Identity:
    s = Stream(f"{p.key}/identity")
    site = s.choose(townships()[p.unit])
    trade = s.choose(local if s.chance(60) else known)
    nature = "单纯购置" if p.purchase else _nature(s, p)
    brand = _brand(p)
    city = "嘉兴" if facts.place.endswith(("开", "区")) else facts.place
    owner = f"{s.choose((city, '浙江', '嘉兴'))}{brand}{trade.word}{s.choose(('', '', '', '科技'))}有限公司"
    owner = owner.replace("科技科技", "科技")
    name = (
        f"{brand}{trade.word}年产{trade.scale * s.between(1, 9)}{trade.capacity_unit}{trade.product}{_TITLES[nature]}"
    )
    industry = trade.industry
    if p.special == "晶科":
        site, industry, nature = "330481108", "3825", "新建"
        owner, name = "海宁晶科能源有限公司", "晶科高效电池组件生产线项目"
    elif p.special == "晶科二期":
        site, industry, nature = "330481108", "3825", "新建"
        owner, name = "海宁晶科能源有限公司", "晶科高效电池组件生产线二期项目"
    elif p.special == "赞昇":
        industry, nature = "2652", "改建和技术改造"
        owner, name = "浙江赞昇新材料有限公司", "年产2000吨氢化丁腈橡胶(HNBR)改造项目"
    begin = p.start if p.start is not None else p.start_plan if p.start_plan is not None else 0
    started = 2021 + begin // 12
    prefix = f"{site}{started % 100:02d}"
    serials[prefix] += 1
    reg_type, holding = _owner_kind(s)
    return Identity(
        site_code=site,
        stat_project_no=f"{prefix}{serials[prefix]:03d}",
        project_code=_project_code(s, site[:6], industry[:2], _TYPES[nature], begin - s.between(2, 9), p),
        project_name=name,
        owner_name=owner,
        uscc=_uscc(s, site[:6]),
        industry_code=industry,
        reg_type=code_of(codes, "reg_type", reg_type),
        holding=code_of(codes, "holding", holding),
        affiliation=code_of(codes, "affiliation", s.choose(("县(区", "其他", "其他", "其他"))),
        nature=code_of(codes, "nature", nature),
        na_flag="供地" if nature in ("改建和技术改造", "单纯购置") else "",
        shares=_shares(s, nature),
        land=s.between(20, 60) if nature == "新建" else 0,
        loans=s.between(0, 350),
        floor=p.plan * s.between(15, 35) // 10 if nature in ("新建", "扩建", "迁建") else 0,
    )


def _nature(s: Stream, p: Project) -> str:
    draw = s.below(100) // (3 if p.size == "big" else 1)
    return _NATURES[0 if draw < 45 else 1 if draw < 63 else 2 if draw < 95 else 3]


def _brand(p: Project) -> str:
    """Two characters that no other project of the city has (a unit has fewer than 700 projects)."""
    n = len(_BRAND)
    place = next(i for i, f in enumerate(unit_facts()) if f.unit_code == p.unit)
    number = (p.number * 9 + place) * 2477 % (n * n)
    return _BRAND[number // n] + _BRAND[number % n]


def _owner_kind(s: Stream) -> tuple[str, str]:
    draw = s.below(100)
    for reg_type, holding, share in _OWNERS:
        draw -= share
        if draw < 0:
            return reg_type, holding
    raise AssertionError("shares of owners do not sum to 100")


def _shares(s: Stream, nature: str) -> tuple[int, int, int]:
    """Building, installation, equipment in ‰; the rest is other expenses (at most a quarter)."""
    if nature == "单纯购置":
        return 0, 0, 940
    if nature == "改建和技术改造":
        build, install = s.between(90, 190), s.between(60, 110)
        return build, install, 1000 - build - install - s.between(40, 90)
    build, install = s.between(420, 560), s.between(50, 110)
    return build, install, 1000 - build - install - s.between(90, 160)


def _project_code(s: Stream, region: str, division: str, kind: str, applied: int, p: Project) -> str:
    """Code of the approval platform, GB/T 40058 layout YYMM-RRRRRR-DD-TT-XXXXXC, before November 2020 YYYY-RRRRRR-II-TT-NNNNNN
    (domain.md §2.5); the application precedes the start. Units never share a code: the serial holds the unit's and project's number."""
    serial = f"{(int(p.unit) % 100 * 1000 + p.number) * 7 % 99991:05d}{s.below(10)}"
    year, month = 2021 + applied // 12, applied % 12 + 1
    if (year, month) >= (2020, 11):
        return f"{year % 100:02d}{month:02d}-{region}-04-{kind}-{serial}"
    return f"{year}-{region}-{division}-{kind}-{serial}"


def _uscc(s: Stream, region: str) -> str:
    """Unified social credit code, GB 32100: 91 + region + organisation code with its own check character (GB 11714) + check character."""
    organisation = "MA2" + "".join(_ALPHABET[s.below(len(_ALPHABET))] for _ in range(5))
    values = [int(c) if c.isdigit() else ord(c) - 55 for c in organisation]
    check = 11 - sum(v * w for v, w in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    body = f"91{region}{organisation}{'X' if check == 10 else '0' if check == 11 else check}"
    total = sum(_ALPHABET.index(c) * w for c, w in zip(body, _WEIGHTS, strict=True))
    return body + _ALPHABET[(31 - total % 31) % 31]
