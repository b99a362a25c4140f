"""What people decide from June to September 2022 in the simulation, in the order in which it is recorded: every kind of decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .loop_flags import flags_in_order
from .loop_rows import LoopRows, last_day
from .loop_stories import ENTERED_LATE, library_figures
from .population import Project
from .published_facts import JUNE_2022, month_of

NEVER_STARTED = "330481/12"
"""Inspected, silent, talked to, exposed."""
RECTIFIED = "330421/7"
"""Inspected in July, starts, closed in August; leaves the snails."""
ANSWERED = "330482/9"
"""Answers in August through the intake that it is rectifying, in September that it has."""
ANSWERED_BY_HAND = "330483/10"
OPEN = "330471/3"
"""Inspected in August, neither answered nor escalated: overdue, and the ladder proposes the talk."""
WARNED = "330424/7"
"""Yellow in June and no snail: a reminder slip is recorded."""
EXEMPT = {"public_factor": "330411/6", "force_majeure": "330471/1", "approved_suspension": "330482/5"}
DEPARTMENT = "市自然资源和规划局"
NAMED = "330481/8"
"""晶科 phase two: the showcase may name it."""
MANUAL_EXIT = "330402/6"
ASSIGNED = "330411/4"
"""Has no leader until one is assigned by decision."""
PLAN_CHANGE = "330482/0"
BUDGETS = {"land": ("260", "330", "300", "240"), "energy": ("52000", "48000", "50000", "46000")}
BUDGETS_FUNDS = ("60000", "80000", "70000", "65000")
"""亩, 吨标煤, 万元 of June to September."""
NEEDS = {"land": "land_need", "energy": "energy_need", "funds": "funds_need"}
EVENINGS = ("2022-07-28", "2022-08-29", "2022-09-28", "2022-10-27")
"""When the factors of June to September are decided."""


@dataclass(frozen=True)
class SimulatedDecision:
    """One line of decisions.csv. `recorded_at`: aware local time, days `YYYY-MM-DD`."""

    recorded_at: str
    kind: str
    subject: str
    decided_by: str
    document: str = ""
    reason: str = ""
    valid_from: str = ""
    valid_to: str = ""
    detail: dict[str, str] = field(default_factory=dict)


def inspection(day: str, project_code: str) -> str:
    """Number of an inspection opened on a day (`DC202207-<project>`)."""
    return f"DC{day[:4]}{day[5:7]}-{project_code}"


def decisions(rows: LoopRows) -> list[SimulatedDecision]:
    """The whole script by instant."""
    found = [*_inspections(rows), *_exemptions(rows), *_factors(rows), *_others(rows)]
    return sorted(found, key=lambda d: d.recorded_at)


def _at(day: str, clock: str = "09:30") -> str:
    return f"{day}T{clock}:00+08:00"


def _inspections(rows: LoopRows) -> Iterator[SimulatedDecision]:
    def code(key: str) -> str:
        return rows.code(rows.project(key))

    opened = (
        (NEVER_STARTED, "2022-07-27", "嘉督〔2022〕11号"),
        (RECTIFIED, "2022-07-27", "嘉督〔2022〕12号"),
        (ANSWERED, "2022-07-27", "嘉督〔2022〕13号"),
        (ANSWERED_BY_HAND, "2022-08-26", "嘉督〔2022〕21号"),
        (OPEN, "2022-08-26", "嘉督〔2022〕22号"),
    )
    for key, day, document in opened:
        yield SimulatedDecision(_at(day), "inspection_opened", code(key), "市督查室", document, "逾期未开工")
    flagged = flags_in_order(rows, JUNE_2022)[0][3]  # opened and closed within days: meanwhile there is no flag
    yield SimulatedDecision(_at("2022-08-01"), "inspection_opened", flagged, "市督查室", "嘉督〔2022〕14号", "举报核查")
    yield SimulatedDecision(
        _at("2022-08-03"),
        "inspection_closed",
        inspection("2022-08-01", flagged),
        "市督查室",
        "嘉督〔2022〕15号",
        "查无问题",
    )
    first = inspection("2022-07-27", code(NEVER_STARTED))
    for day, document, step in (
        ("2022-08-26", "嘉督〔2022〕25号", "逾期未答复,约谈"),
        ("2022-09-27", "嘉督〔2022〕31号", "约谈后仍未整改,曝光"),
    ):
        yield SimulatedDecision(_at(day, "10:00"), "inspection_escalated", first, "市督查室", document, step)
    yield SimulatedDecision(
        _at("2022-08-26", "10:10"),
        "inspection_closed",
        inspection("2022-07-27", code(RECTIFIED)),
        "市督查室",
        "嘉督〔2022〕26号",
        "7 月已开工,整改到位",
    )
    yield SimulatedDecision(
        _at("2022-09-02"),
        "inspection_answered",
        inspection("2022-08-26", code(ANSWERED_BY_HAND)),
        "桐乡市经信局",
        "",
        "电话答复,书面材料后补",
    )


def _exemptions(rows: LoopRows) -> Iterator[SimulatedDecision]:
    spans = {
        "public_factor": ("2022-07-27", "2022-06-01", "2022-10-31", "嘉经信〔2022〕31号", "用地指标未下达"),
        "force_majeure": ("2022-07-27", "2022-06-01", "2022-08-31", "嘉经信〔2022〕32号", "台风损毁在建厂房"),
        "approved_suspension": ("2022-09-27", "2022-07-01", "2022-12-31", "嘉经信〔2022〕47号", "经批准缓建,调整工艺"),
    }
    for cause, (day, begins, ends, document, reason) in spans.items():
        detail = {"cause": cause} | ({"department": DEPARTMENT} if cause == "public_factor" else {})
        project = rows.code(rows.project(EXEMPT[cause]))
        yield SimulatedDecision(
            _at(day, "11:00"), "exemption", project, "市经信局", document, reason, begins, ends, detail
        )


def asking(rows: LoopRows, factor: str, month: int) -> list[tuple[Project, int]]:
    """Library projects that need a factor and are behind with nothing: (project, need), the smallest need first."""
    found = []
    for unit_code, library in rows.people.library.items():
        for p in library:
            record = rows.units[unit_code].records[p.number]
            need = library_figures(p, record, month)[NEEDS[factor]]
            on_course = all(
                not record.overdue(at) and record.done[at] * 10 >= record.planned[at] * 7 for at in (month - 1, month)
            )
            if isinstance(need, int) and need and on_course and p.key not in (*EXEMPT.values(), *ENTERED_LATE):
                found.append((p, need))
    return sorted(found, key=lambda pair: (pair[1], pair[0].key))


def _factors(rows: LoopRows) -> Iterator[SimulatedDecision]:
    """Budgets of every month; of each factor two are granted and one is refused."""
    budgets = {**BUDGETS, "funds": BUDGETS_FUNDS}
    departments = {"land": DEPARTMENT, "energy": "市发展改革委", "funds": "市财政局"}
    for place, evening in enumerate(EVENINGS):
        month = JUNE_2022 + place
        period = month_of(month)
        for factor, amounts in budgets.items():
            by, document = departments[factor], f"嘉要素〔2022〕{place + 1}号"
            yield SimulatedDecision(
                _at(evening, "14:00"),
                "factor_budget",
                factor,
                by,
                document,
                "",
                f"{period}-01",
                last_day(month).isoformat(),
                {"amount": amounts[place]},
            )
            for n, (p, _) in enumerate(asking(rows, factor, month)[:3]):
                kind = "factor_refused" if n == 2 else "factor_accepted"
                yield SimulatedDecision(
                    _at(evening, f"15:0{n}"),
                    kind,
                    rows.code(p),
                    by,
                    "" if n == 2 else document,
                    "可调剂解决" if n == 2 else "",
                    "",
                    "",
                    {"factor": factor, "period": period},
                )


def _others(rows: LoopRows) -> Iterator[SimulatedDecision]:
    def code(key: str) -> str:
        return rows.code(rows.project(key))

    def made(day: str, kind: str, subject: str, **more: object) -> SimulatedDecision:
        known = {"decided_by": "市经信局", **more}
        return SimulatedDecision(_at(day, "16:00"), kind, subject, **known)  # type: ignore[arg-type]

    zansheng = next(p for p in rows.units["330472"].projects if p.special == "赞昇")
    yield made("2022-07-27", "notice", code(WARNED), reason="审批环节逾期,请说明", detail={"period": "2022-06"})
    yield made(
        "2022-07-27",
        "library_entry",
        rows.code(zansheng),
        document="嘉经信〔2022〕33号",
        reason="填补空白的技术改造项目",
        valid_from="2022-07-01",
    )
    yield made(
        "2022-09-28",
        "library_exit",
        code(MANUAL_EXIT),
        document="嘉经信〔2022〕48号",
        reason="企业终止投资",
        valid_from="2022-09-01",
    )
    yield made(
        "2022-08-29",
        "leader_assigned",
        code(ASSIGNED),
        document="嘉委办〔2022〕40号",
        detail={
            "leader_code": "L-330411-20",
            "leader_name": "模拟领导",
            "leader_post": "区委常委",
            "leader_level": "county",
        },
    )
    yield made(
        "2022-08-29",
        "target_version",
        "T3",
        decided_by="市政府办公室",
        document="嘉政办〔2022〕52号",
        valid_from="2022-08-01",
        detail={"value": "9200000"},
    )
    yield made("2022-08-29", "plan_change", code(PLAN_CHANGE), document="平政办〔2022〕61号", detail={"value": "30000"})
    yield made(
        "2022-07-27",
        "publication_permit",
        code(NAMED),
        document="嘉经信〔2022〕35号",
        valid_to="2022-12-31",
        detail={"purpose": "showcase"},
    )
    yield made(
        "2022-09-28",
        "publication_permit",
        code(NEVER_STARTED),
        decided_by="市督查室",
        document="嘉督〔2022〕33号",
        valid_to="2022-11-30",
        detail={"purpose": "snail", "notified_on": "2022-09-20", "reply": "企业无异议"},
    )
    moved = rows.code(listed_alone(rows))
    yield made(
        "2022-10-26",
        "list_exit",
        moved,
        document="嘉经信〔2022〕55号",
        valid_from="2022-09-30",
        detail={"list": "city_100m"},
    )
    yield made(
        "2022-10-27",
        "list_entry",
        moved,
        document="嘉经信〔2022〕56号",
        valid_from="2022-09-30",
        detail={"list": "city_100m"},
    )


def listed_alone(rows: LoopRows) -> Project:
    """A project of 南湖 that stands on the list of 724 alone."""
    return next(p for p in rows.units["330402"].projects if len(p.lists) == 1)


def replies(rows: LoopRows) -> dict[str, tuple[str, dict[str, str | None]]]:
    """inspection_reply: day → (unit, its row)."""

    def row(key: str, day: str, status: str, note: str, rectified: str | None) -> dict[str, str | None]:
        p = rows.project(key)
        return {
            "inspection_id": inspection("2022-07-27", rows.code(p)),
            "project_code": rows.code(p),
            "project_name": rows.units[p.unit].identities[p.number].project_name,
            "replied_on": day,
            "reply_status": status,
            "measure_note": note,
            "rectified_on": rectified,
            "next_due_on": None if rectified else "2022-09-20",
        }

    return {
        "2022-08-05": ("330421", row(RECTIFIED, "2022-08-05", "rectified", "7 月 28 日已开工", "2022-07-28")),
        "2022-08-08": ("330482", row(ANSWERED, "2022-08-08", "rectifying", "已开工,赶投资进度", None)),
        "2022-09-20": ("330482", row(ANSWERED, "2022-09-20", "rectified", "投资进度已赶上计划六成", "2022-09-18")),
    }
