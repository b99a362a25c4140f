"""ranking.sdmx.csv (SDMX-CSV 2.0) and structure.sdmx.json (SDMX-JSON 2.0): the observations of an edition and the structure they follow."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from ..model.measures import IN_YUAN
from .csv_table import safe_text
from .edition_context import EditionContext
from .edition_figures import FigureColumn
from .edition_marks import marks_of
from .observations import CONF_STATUS, OBS_STATUS, Observation, areas, figures_of

AGENCY = "SAIMA"
VERSION = "1.0.0"
_DECIMALS = {
    "integer": 0,
    "amount": 4,
    "quantity": 8,
    "rate": 8,
    "points": 6,
    "percentage_points": 8,
    "percent": 8,
    "text": 0,
}
_UNITS = {
    "integer": "NUMBER",
    "quantity": "NUMBER",
    "rate": "FRACTION",
    "points": "POINTS",
    "percentage_points": "PERCENTAGE_POINTS",
    "percent": "PERCENT",
}
UNIT_NAMES = {
    "NUMBER": "个 / number",
    "FRACTION": "比率（1 = 100%）/ fraction (1 = 100 %)",
    "POINTS": "分 / points",
    "PERCENTAGE_POINTS": "百分点 / percentage points",
    "PERCENT": "% / percent",
}
_MULTIPLIERS = {"0": "1", "4": "10⁴", "8": "10⁸"}
_COLUMNS = (
    "STRUCTURE",
    "STRUCTURE_ID",
    "ACTION",
    "FREQ",
    "REF_AREA",
    "SUBJECT",
    "FIGURE",
    "TIME_PERIOD",
    "OBS_VALUE",
    "OBS_STATUS",
    "CONF_STATUS",
    "UNIT_MEASURE",
    "UNIT_MULT",
    "DECIMALS",
    "RELEASE_STATE",
    "SIMULATED",
)
RELEASE_STATES = {
    "DRAFT": "草稿，未经签发 / draft, not signed",
    "DEMONSTRATION": "演示签字 / demonstration signature",
    "RELEASED": "已签发 / signed and released",
}
SIMULATED = {"Y": "模拟数据 / simulated data", "N": "统计数据 / statistical data"}
_FREQUENCIES = {"month": ("M", "月度 / monthly"), "quarter": ("Q", "季度 / quarterly"), "year": ("A", "年度 / annual")}


def sdmx_id(text: str) -> str:
    """Text as an identifier of SDMX (letters, digits, _ @ $ -); what is no such character is written `$` and its number."""
    return re.sub(r"[^A-Za-z0-9_@-]", lambda match: f"${ord(match[0]):X}", text) or "_X"


def dataflow_id(edition: EditionContext) -> str:
    """One dataflow a programme."""
    return f"DF_{sdmx_id(edition.programme.name).upper()}"


def unit_of(figure: FigureColumn, measure: str) -> str:
    """Code of the unit a figure is in: of an amount its measure (CNY for the measures of yuan, with UNIT_MULT beside it)."""
    if figure.kind in ("amount", "text"):
        return "CNY" if measure in IN_YUAN else sdmx_id(measure).upper()
    return _UNITS[figure.kind]


def multiplier(figure: FigureColumn, measure: str) -> int:
    """Power of ten of an amount: 万元 4, 亿元 8."""
    return len(f"{IN_YUAN[measure]:f}") - 1 if figure.kind == "amount" and measure in IN_YUAN else 0


def decimals(figure: FigureColumn) -> int:
    """How many decimals the figure has at most."""
    return _DECIMALS[figure.kind]


def sdmx_csv(found: Iterable[Observation], edition: EditionContext) -> bytes:
    """One row an observation; empty OBS_VALUE where there is none, its status says why. ACTION R: the rows replace what a receiver
    has of the edition's period."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    flow, (frequency, _) = f"{AGENCY}:{dataflow_id(edition)}({VERSION})", _FREQUENCIES[edition.period.kind]
    state, simulated = _marks(edition)
    for one in found:
        measure = one.subject.measure
        writer.writerow(
            (
                "dataflow",
                flow,
                "R",
                frequency,
                safe_text(sdmx_id(one.area.code)),
                sdmx_id(one.subject.code).upper(),
                one.figure.key.upper(),
                str(edition.period),
                "" if one.value is None else one.value,
                one.obs_status,
                one.conf_status,
                unit_of(one.figure, measure),
                multiplier(one.figure, measure),
                decimals(one.figure),
                state,
                simulated,
            )
        )
    return buffer.getvalue().encode()


def sdmx_structure(found: tuple[Observation, ...], edition: EditionContext, prepared: datetime) -> bytes:
    """Code lists, concepts, data structure and dataflow that ranking.sdmx.csv follows."""
    from pysdmx.io.json.sdmxjson2.writer.v2_0 import structure as writer
    from pysdmx.model import (
        Agency,
        Code,
        Codelist,
        Component,
        Components,
        Concept,
        ConceptScheme,
        Dataflow,
        DataStructureDefinition,
        DataType,
        ItemReference,
        Organisation,
        Role,
    )
    from pysdmx.model.message import Header

    agency = Agency(AGENCY)

    def codelist(code: str, name: str, codes: Mapping[str, str]) -> Codelist:
        items = [Code(key, name=text) for key, text in codes.items()]
        return Codelist(f"CL_{code}", name=name, version=VERSION, agency=agency, items=items)

    lists = {code: codelist(code, name, codes) for code, (name, codes) in _code_lists(found, edition).items()}
    concepts = {
        code: Concept(code, name=name, dtype=kind, enum_ref=lists[code].urn if code in lists else None)
        for code, name, kind in (
            ("FREQ", "频率 / frequency", DataType.STRING),
            ("REF_AREA", "地区 / reference area", DataType.STRING),
            ("SUBJECT", "指标 / subject", DataType.STRING),
            ("FIGURE", "数值 / figure", DataType.STRING),
            ("TIME_PERIOD", "报告期 / time period", DataType.PERIOD),
            ("OBS_VALUE", "数值 / observation value", DataType.DOUBLE),
            ("OBS_STATUS", "数据状态 / observation status", DataType.STRING),
            ("CONF_STATUS", "保密状态 / confidentiality status", DataType.STRING),
            ("UNIT_MEASURE", "计量单位 / unit of measure", DataType.STRING),
            ("UNIT_MULT", "单位乘数 / unit multiplier (power of ten)", DataType.INTEGER),
            ("DECIMALS", "小数位数 / decimals", DataType.INTEGER),
            ("RELEASE_STATE", "发布状态 / state of release", DataType.STRING),
            ("SIMULATED", "是否模拟 / whether simulated", DataType.STRING),
        )
    }
    scheme = ConceptScheme(
        "CS_SAIMA",
        name="赛马 / Saima: concepts",
        version=VERSION,
        agency=agency,
        items=[Concept(c.id, name=c.name, dtype=c.dtype) for c in concepts.values()],
    )

    def component(code: str) -> Component:
        role = Role.DIMENSION if code in _COLUMNS[3:8] else Role.MEASURE if code == "OBS_VALUE" else Role.ATTRIBUTE
        reference = ItemReference("Concept", AGENCY, scheme.id, VERSION, code)
        return Component(
            code,
            required=code != "OBS_VALUE",
            role=role,
            concept=reference,
            local_dtype=concepts[code].dtype,
            local_codes=lists.get(code),
            attachment_level="O" if role is Role.ATTRIBUTE else None,
        )

    definition = DataStructureDefinition(
        f"DSD_{dataflow_id(edition).removeprefix('DF_')}",
        name=edition.programme.zh,
        version=VERSION,
        agency=agency,
        components=Components([component(code) for code in concepts]),
    )
    flow = Dataflow(
        dataflow_id(edition), name=edition.programme.zh, version=VERSION, agency=agency, structure=_urn(definition.id)
    )
    text = writer.write(
        [*lists.values(), scheme, definition, flow],
        header=Header(id=edition.edition_id, prepared=prepared, sender=Organisation(AGENCY)),
    )
    message = json.loads(text or "{}")
    for one in message["data"]["dataStructures"]:
        # the writer's empty list of groups is against the standard's own schema
        one["dataStructureComponents"].pop("groups", None)
    return (json.dumps(message, ensure_ascii=False, indent=1) + "\n").encode()


def _urn(definition: str) -> str:
    return f"urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure={AGENCY}:{definition}({VERSION})"


def _code_lists(found: tuple[Observation, ...], edition: EditionContext) -> dict[str, tuple[str, dict[str, str]]]:
    frequency, name = _FREQUENCIES[edition.period.kind]
    subjects = {sdmx_id(one.subject.code).upper(): f"{one.subject.zh} / {one.subject.en}" for one in found}
    shown = {(one.figure, one.subject.measure) for one in found}
    units = {unit_of(figure, measure): _unit_name(figure, measure, edition) for figure, measure in shown}
    powers = {str(multiplier(figure, measure)) for figure, measure in shown}
    return {
        "FREQ": ("频率 / frequency", {frequency: name}),
        "REF_AREA": ("地区 / areas", {sdmx_id(area.code): area.name or area.code for area in areas(found)}),
        "SUBJECT": ("指标 / subjects", subjects),
        "FIGURE": ("数值 / figures", {f.key.upper(): f"{f.zh} / {f.en}" for f in figures_of(found)}),
        "OBS_STATUS": ("数据状态 / observation status", _named(OBS_STATUS)),
        "CONF_STATUS": ("保密状态 / confidentiality status", _named(CONF_STATUS)),
        "UNIT_MEASURE": ("计量单位 / units", dict(sorted(units.items()))),
        "RELEASE_STATE": ("发布状态 / states of release", RELEASE_STATES),
        "SIMULATED": ("是否模拟 / simulated or not", SIMULATED),
        "UNIT_MULT": ("单位乘数 / multipliers", {power: _MULTIPLIERS.get(power, power) for power in sorted(powers)}),
    }


def _marks(edition: EditionContext) -> tuple[str, str]:
    """Codes of the marks that stand in every row: a copied row is known for what it is. What is preliminary OBS_STATUS says."""
    marks = marks_of(edition)
    state = "DRAFT" if marks.draft else "DEMONSTRATION" if marks.demonstration else "RELEASED"
    return state, "Y" if marks.simulated else "N"


def unit_name(figure: FigureColumn, measure: str, edition: EditionContext) -> str:
    """The unit that figures of a column are in, in words: an amount in the measure of its form (万元), a rate as a fraction …"""
    if figure.kind == "amount":
        known = edition.programme.measure(measure)
        return known.zh if known.zh == known.en else f"{known.zh} / {known.en}"
    return _unit_name(figure, measure, edition)


def _unit_name(figure: FigureColumn, measure: str, edition: EditionContext) -> str:
    code = unit_of(figure, measure)
    if code in UNIT_NAMES:
        return UNIT_NAMES[code]
    known = edition.programme.measure(measure)
    return "元 / CNY" if code == "CNY" else f"{known.zh} / {known.en}"


def _named(codes: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {code: f"{zh} / {en}" for code, (zh, en) in codes.items()}
