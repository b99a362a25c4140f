"""What the commands of the dispatch loop must say of the simulation: one case for each light, flag, exemption, escalation step, list,
target state and so on. Computed from what was arranged, by formulas of its own: no code of the loop is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import pairwise

from . import loop_decisions as script
from .loop_decisions import SimulatedDecision, asking, inspection, listed_alone
from .loop_flags import flags_in_order
from .loop_people import DISPUTED, HELPERS, LATE_HELPERS, NO_LEADER, SILENT_SINCE, SUCCEEDED, made_leader
from .loop_rows import CHANGED_PLAN, CHANGED_TO, MEMO_GAPS, UNKNOWN_TEAM, LoopRows, last_day
from .loop_stories import ENTERED_LATE, IDLE_FROM, STALE, lead_level
from .loop_survey import unseen_code
from .population import Project
from .published_facts import DECEMBER_2021, JUNE_2022, LIBRARY, LIST_COUNTS, MONTHS, NEW_FOUND, index_of

ASKED = {
    "2022-06": "2022-07-29T18:00",
    "2022-07": "2022-08-30T18:00",
    "2022-08": "2022-09-29T18:00",
    "2022-09": "2022-10-28T18:00",
    "2022-12": "2023-01-29T09:00",
}
"""Period → when its tables are asked for, local time: what it brought is decided by then."""
JUNE, JULY, AUGUST, SEPTEMBER = list(ASKED)[:4]


@dataclass(frozen=True)
class LoopCase:
    """`saima dispatch <command> <period> --as-of <as_of> --json`: `rows` is the field that holds the rows (a dotted path; '' for the
    document itself), `key` picks one, `expect` is what it says; `absent`: there is none."""

    case: str
    command: tuple[str, ...]
    period: str
    rows: str = ""
    key: Mapping[str, object] = field(default_factory=dict)
    expect: Mapping[str, object] = field(default_factory=dict)
    absent: bool = False
    as_of: str = ""

    def written(self) -> dict[str, object]:
        return asdict(self) | {"as_of": self.as_of or ASKED[self.period]}


class LoopTruth:
    """All cases over the simulated city."""

    def __init__(self, rows: LoopRows, made: list[SimulatedDecision]) -> None:
        self._rows, self._made = rows, made

    def cases(self) -> list[LoopCase]:
        parts = (
            self._lights(),
            self._flags(),
            self._snails(),
            self._inspections(),
            self._factors(),
            self._library(),
            self._lists(),
            self._targets(),
            self._teams(),
            self._issues(),
            self._helpers(),
            self._leaders(),
            self._achievements(),
            self._coverage(),
            self._stages(),
        )
        return [case for part in parts for case in part]

    # what is known of projects

    def _code(self, key: str) -> str:
        return self._rows.code(self._rows.project(key))

    def _library_projects(self) -> Iterator[Project]:
        for own in self._rows.people.library.values():
            yield from own

    def _light(self, p: Project, month: int) -> str | None:
        record = self._rows.units[p.unit].records[p.number]
        planned, done = record.planned[month], record.done[month]
        if planned <= 0:
            return None
        return "green" if done >= planned else "red" if 10 * done < 7 * planned else "yellow"

    def _one(self, case: str, command: str, period: str, rows: str, code: str, **expect: object) -> LoopCase:
        return LoopCase(case, (command,), period, rows, {"project_code": code}, expect)

    # cases

    def _lights(self) -> Iterator[LoopCase]:
        for light in ("green", "yellow", "red", None):
            p = next(p for p in self._library_projects() if self._light(p, JUNE_2022) == light)
            yield self._one(f"light {light}", "library", JUNE, "projects", self._rows.code(p), light=light)

    def _flags(self) -> Iterator[LoopCase]:
        """The first red flag: nothing due is missing, p ≥ 1; nobody is ahead of a plan, so p capped at 1.10, unit and code order them."""
        first = flags_in_order(self._rows, JUNE_2022)[0]
        yield self._one(
            "red flag", "flags", JUNE, "projects", first[3], unit=first[2], days_ahead=-first[0], exempt=False
        )
        key: dict[str, object] = {"project_code": first[3]}
        looked = "2022-08-02T09:00"
        yield LoopCase("open finding: no flag", ("flags",), JUNE, "projects", key, absent=True, as_of=looked)
        again = "2022-08-04T09:00"
        yield LoopCase("finding closed: flag again", ("flags",), JUNE, "projects", key, {"unit": first[2]}, as_of=again)
        named = self._code(script.NAMED)
        yield self._one("showcase permit", "showcase", JULY, "achievements", named, may_be_named=True)

    def _snails(self) -> Iterator[LoopCase]:
        never = self._code(script.NEVER_STARTED)
        yield self._one(
            "snail: start overdue", "snails", JUNE, "projects", never, exempt=False, has={"reasons": "start_overdue"}
        )
        yield self._one("snail: progress red", "snails", JUNE, "projects", never, has={"reasons": "progress_red"})
        overdue = next(p for p in self._library_projects() if self._overdue_since(p) <= DECEMBER_2021)
        code = self._rows.code(overdue)
        yield self._one("snail: stage overdue", "snails", JUNE, "projects", code, has={"reasons": "stage_overdue"})
        idle = self._code(next(iter(IDLE_FROM)))
        yield self._one("snail: no increment", "snails", SEPTEMBER, "projects", idle, has={"reasons": "no_increment"})
        unseen = self._code(next(iter(ENTERED_LATE)))
        yield self._one(
            "snail: not in statistics", "snails", JULY, "projects", unseen, has={"reasons": "not_in_statistics"}
        )
        for cause, key in script.EXEMPT.items():
            period = SEPTEMBER if cause == "approved_suspension" else JUNE
            made = next(d for d in self._made if d.kind == "exemption" and d.detail["cause"] == cause)
            yield self._one(
                f"exemption: {cause}",
                "snails",
                period,
                "projects",
                self._code(key),
                exempt=True,
                exempt_cause=cause,
                exempt_until=made.valid_to,
                exempt_document=made.document,
                department=made.detail.get("department"),
            )
        ended = self._code(script.EXEMPT["force_majeure"])
        yield self._one("exemption ended", "snails", SEPTEMBER, "projects", ended, exempt=False, exempt_cause=None)
        left = self._code(script.RECTIFIED)
        yield self._one("snail before its exit", "snails", JUNE, "projects", left, has={"reasons": "start_overdue"})
        yield LoopCase("snail exit", ("snails",), JULY, "projects", {"project_code": left}, absent=True)
        warned = self._code(script.WARNED)
        yield self._one("warned, with its slip", "snails", JUNE, "warned", warned, noticed_on="2022-07-27")
        yield self._one("snail permit", "snails", AUGUST, "projects", never, may_be_named=True)
        yield self._one("no permit yet", "snails", JULY, "projects", never, may_be_named=False)

    def _overdue_since(self, p: Project) -> int:
        record = self._rows.units[p.unit].records[p.number]
        late = [record.plan[s] for s in record.due(JUNE_2022) if record.actual.get(s, 10_000) > JUNE_2022]
        return min(late, default=10_000)

    def _inspections(self) -> Iterator[LoopCase]:
        first = inspection("2022-07-27", self._code(script.NEVER_STARTED))
        second = inspection("2022-07-27", self._code(script.RECTIFIED))
        third = inspection("2022-07-27", self._code(script.ANSWERED))
        by_hand = inspection("2022-08-26", self._code(script.ANSWERED_BY_HAND))
        waiting = inspection("2022-08-26", self._code(script.OPEN))

        def stands(case: str, period: str, number: str, as_of: str = "", **expect: object) -> LoopCase:
            return LoopCase(case, ("inspections",), period, "inspections", {"id": number}, expect, as_of=as_of)

        due = "2022-08-10"
        yield stands("step inspection", JUNE, first, step="inspection", state="open", due=due, opened_at="2022-07-27")
        yield stands("inspection overdue", JULY, first, "2022-08-25T09:00", step="inspection", overdue=True)
        yield stands("step talk", JULY, first, step="talk", state="open", due="2022-09-02")
        yield stands("step exposure", AUGUST, first, step="exposure", state="open")
        yield stands("inspection rectified", JULY, second, "2022-08-25T09:00", state="rectified")
        yield stands("inspection closed", JULY, second, state="closed")
        yield stands("inspection answered through the intake", JULY, third, state="answered")
        yield stands("inspection rectified through the intake", AUGUST, third, state="rectified")
        yield stands("inspection answered by hand", AUGUST, by_hand, state="answered")
        yield stands("inspection open", SEPTEMBER, waiting, state="open", overdue=True)
        queue = {"proposal": "escalate", "step": "talk"}
        key: dict[str, object] = {"inspection_id": waiting}
        yield LoopCase("queue: escalate", ("inspections",), AUGUST, "queue", key, queue)
        fresh = self._rows.code(next(p for p in self._library_projects() if self._overdue_since(p) <= DECEMBER_2021))
        yield self._one("queue: open", "inspections", JUNE, "queue", fresh, proposal="open", step="inspection")
        covered = self._code(script.EXEMPT["public_factor"])
        yield LoopCase("queue: not the exempt", ("inspections",), JUNE, "queue", {"project_code": covered}, absent=True)

    def _factors(self) -> Iterator[LoopCase]:
        for place, period in enumerate(list(ASKED)[:4]):
            for n, factor in enumerate(script.NEEDS):
                amounts = {**script.BUDGETS, "funds": script.BUDGETS_FUNDS}[factor]
                chosen = asking(self._rows, factor, JUNE_2022 + place)[:3]
                granted = sum(need for _, need in chosen[:2])
                budget = {"budget": amounts[place], "granted": str(granted)}
                yield LoopCase(f"factor budget {factor}", ("factors",), period, "factors", {"factor": factor}, budget)
                for k, (p, need) in enumerate(chosen):
                    decided: dict[str, object] = {"decision": "refused" if k == 2 else "accepted", "need": str(need)}
                    key: dict[str, object] = {"project_code": self._rows.code(p)}
                    yield LoopCase(
                        f"factor {decided['decision']}", ("factors",), period, f"factors.{n}.projects", key, decided
                    )
        snail = self._code(script.NEVER_STARTED)
        yield LoopCase(
            "factor: not for snails", ("factors",), JUNE, "factors.0.projects", {"project_code": snail}, absent=True
        )
        yield LoopCase("factor: barred", ("factors",), JUNE, expect={"has": {"barred": snail}})

    def _library(self) -> Iterator[LoopCase]:
        size = sum(1 for _ in self._library_projects())
        for period, total in ((JUNE, size), (JULY, size + 1), (AUGUST, size + 1), (SEPTEMBER, size)):
            yield LoopCase("library", ("library",), period, expect={"total": total})
        silent = [p for p in self._library_projects() if p.unit == "330424"]
        yield LoopCase("a unit that sends nothing", ("library",), SEPTEMBER, expect={"missing_units": ["330424"]})
        yield self._one(
            "kept without a return",
            "library",
            SEPTEMBER,
            "projects",
            self._rows.code(silent[0]),
            light=None,
            in_return=False,
        )
        out = self._code(script.MANUAL_EXIT)
        yield LoopCase("manual exit", ("library",), SEPTEMBER, "projects", {"project_code": out}, absent=True)
        yield LoopCase("manual exit is listed", ("library",), SEPTEMBER, expect={"has": {"left_by_decision": out}})
        zansheng = next(p for p in self._rows.units["330472"].projects if p.special == "赞昇")
        yield self._one(
            "赞昇: manual entry, renovation, no land supply",
            "library",
            JULY,
            "projects",
            self._rows.code(zansheng),
            entry="decision",
            unit="330472",
            plan_total="14200",
            nature="改建和技术改造",
            not_applicable=["land"],
            capacity="2000 吨/年",
        )
        one, two = (
            next(p for p in self._rows.units["330481"].projects if p.special == s) for s in ("晶科", "晶科二期")
        )
        yield self._one(
            "晶科 phase one",
            "library",
            JUNE,
            "projects",
            self._rows.code(one),
            plan_total=str(one.plan),
            expected_output="2700000",
            automation_rate=0.99,
            site_code="330481108",
            phase=1,
        )
        yield self._one(
            "晶科 phase two",
            "library",
            JUNE,
            "projects",
            self._rows.code(two),
            plan_total=str(2_200_000 - one.plan),
            parent_code=self._rows.code(one),
            expected_output="2300000",
            phase=2,
        )
        changed = self._rows.project(CHANGED_PLAN)
        planned = [0, *self._rows.units[changed.unit].records[changed.number].planned[DECEMBER_2021 + 1 : MONTHS]]
        months = [after - before for before, after in pairwise(planned)]
        yield self._one(
            "plan changed after 31 January",
            "library",
            JUNE,
            "projects",
            self._rows.code(changed),
            annual_plan=str(sum(months)),
            annual_plan_revised=str(sum(amount * CHANGED_TO // 100 for amount in months)),
            planned_ytd=str(planned[6]),
        )
        for key, months_back in STALE.items():
            at_least = (last_day(JUNE_2022) - last_day(JUNE_2022 - months_back)).days
            yield self._one(
                "stale update", "library", JUNE, "projects", self._code(key), at_least={"days_since_update": at_least}
            )

    def _lists(self) -> Iterator[LoopCase]:
        codes = {"city_100m": "市级亿元以上", "province_1bn": LIBRARY, "newly_found_1bn": NEW_FOUND}
        for period in list(ASKED)[:4]:
            for code, name in codes.items():
                count = LIST_COUNTS[name]
                expect: dict[str, object] = {"projects": count, "expected_count": count, "difference": 0, "broken": []}
                yield LoopCase(f"list {code}", ("lists",), period, "lists", {"code": code}, expect)
        for period in list(ASKED)[:4]:
            led = sum(lead_level(p.plan) is not None for p in self._library_projects())
            large = sum(p.plan >= 1_000_000 for p in self._library_projects())
            for code, count in (("led_projects", led), ("industry_10bn", large), ("industry_100m", 724)):
                expect = {"projects": count, "expected_count": None, "broken": []}
                yield LoopCase(f"list {code}", ("lists",), period, "lists", {"code": code}, expect)
        moved = self._rows.code(listed_alone(self._rows))
        less: dict[str, object] = {"projects": 723, "difference": -1}
        key: dict[str, object] = {"code": "city_100m"}
        yield LoopCase(f"list exit of {moved}", ("lists",), SEPTEMBER, "lists", key, less, as_of="2022-10-27T09:00")

    def _targets(self) -> Iterator[LoopCase]:
        def stands(
            case: str, period: str, target: str, as_of: str = "", rows: str = "targets", **expect: object
        ) -> LoopCase:
            return LoopCase(case, ("targets",), period, rows, {"id": target}, expect, as_of=as_of)

        yield stands("target on track", JUNE, "T1", state="on_track", value=0.16, actual=0.241)
        yield stands("target without data", JUNE, "T1", "2022-07-13T18:00", state="no_data", actual=None)
        yield stands("target met", SEPTEMBER, "T1", state="met")
        yield stands("target above total investment", SEPTEMBER, "T2", state="met")
        yield stands("78 projects reach 178 亿", SEPTEMBER, "T4", state="met", value="1780000")
        yield stands("78 projects behind the curve in July", JULY, "T4", state="behind")
        yield stands("900 亿 of the year", JUNE, "T3", state="on_track", gap="3600000", pace_required="600000")
        yield stands("target revised after 31 January", AUGUST, "T3", value="9000000", revised_value="9200000")
        slow = {"scope": "330471"}
        yield LoopCase("target behind", ("targets",), JUNE, "units", dict(slow), {"state": "behind"})
        yield LoopCase("target missed", ("targets",), "2022-12", "units", dict(slow), {"state": "missed"})
        for period in (JUNE, SEPTEMBER):
            expect: dict[str, object] = {"state": "met"}
            yield LoopCase("comparison met", ("targets",), period, "comparisons", {"id": "faster-than-total"}, expect)
        whole: dict[str, object] = {"state": "running", "day": 122, "days": 122}
        yield LoopCase(
            "campaign on its last day", ("campaign",), SEPTEMBER, "campaigns", {"code": "project_push"}, whole
        )
        yield LoopCase(
            "campaign begun",
            ("campaign",),
            JUNE,
            "campaigns",
            {"code": "project_push"},
            {"day": 30, "state": "running"},
        )
        yield LoopCase(
            "the 985 campaign", ("campaign",), JUNE, "campaigns", {"code": "985"}, {"state": "running", "days": 365}
        )
        yield LoopCase(
            "slogans of a campaign",
            ("campaign",),
            JUNE,
            "campaigns",
            {"code": "hundred_days"},
            {"tags": ["两个先行", "稳进提质"], "zh": "十大百日攻坚行动"},
        )

    def _teams(self) -> Iterator[LoopCase]:
        states = {"missing": "missing", "incomplete": "incomplete", "late": "late"}
        for (unit, week), gap in MEMO_GAPS.items():
            period = _month_of_week(week)
            if gap == "unknown":
                yield LoopCase(
                    "memo of an unknown team",
                    ("teams", "--week", week),
                    period,
                    expect={"unknown_teams": [UNKNOWN_TEAM]},
                )
                continue
            key: dict[str, object] = {"team": self._rows.people.teams(unit)[0].code}
            expect: dict[str, object] = {"state": states[gap], "unit": unit}
            if gap == "incomplete":
                expect |= {"parts": 3, "missing": ["review"]}
            yield LoopCase(f"memo {gap}", ("teams", "--week", week), period, "teams", key, expect)
        whole: dict[str, object] = {"team": "T-330481-2"}
        yield LoopCase(
            "memo complete", ("teams",), JUNE, "teams", whole, {"state": "complete", "parts": 4, "missing": []}
        )

    def _issues(self) -> Iterator[LoopCase]:
        """One open issue of each state; closed and assessed ones are counted."""
        end = last_day(JUNE_2022)
        seen: set[str] = set()
        open_count, done_count, late_count = 0, 0, 0
        for unit in self._rows.units:
            for issue in self._rows.issues(unit):
                if issue.raised > end:
                    continue
                closed = issue.closed is not None and issue.closed <= end
                done_count, open_count = done_count + closed, open_count + (not closed)
                late_count += not closed and issue.due < end
                if closed:
                    continue
                state = "handled" if issue.handled <= end else "accepted" if issue.accepted <= end else "raised"
                if state not in seen:
                    seen.add(state)
                    key: dict[str, object] = {"issue_no": issue.number}
                    expect: dict[str, object] = {
                        "state": state,
                        "overdue": issue.due < end,
                        "due": issue.due.isoformat(),
                    }
                    yield LoopCase(f"issue {state}", ("teams",), JUNE, "issues", key, expect)
        yield LoopCase("issues open", ("teams",), JUNE, expect={"sum": {"issue_counts.open": open_count}})
        yield LoopCase("issues closed", ("teams",), JUNE, expect={"sum": {"issue_counts.closed": done_count}})
        yield LoopCase("issues overdue", ("teams",), JUNE, expect={"sum": {"issue_counts.overdue": late_count}})

    def _helpers(self) -> Iterator[LoopCase]:
        total = sum(HELPERS.values())
        yield LoopCase(
            "helpers",
            ("helpers",),
            JUNE,
            expect={"total": total, "published": total, "difference": 0, "by_level": HELPERS},
        )
        before: dict[str, object] = {"total": total - 2, "difference": -2}
        yield LoopCase("roster differs", ("helpers",), JUNE, expect=before, as_of="2022-06-15T09:00")
        for code, newest in LATE_HELPERS.items():
            period = JUNE if newest is None else JULY
            days = None if newest is None else (last_day(index_of(period)) - newest).days
            expect: dict[str, object] = {"days_since_contact": days, "days_since_visit": days}
            yield LoopCase("late helper", ("helpers",), period, "late", {"helper": code}, expect)
        yield LoopCase("late helpers", ("helpers",), JUNE, expect={"count": {"late": 1}})
        yield LoopCase("late helpers", ("helpers",), JULY, expect={"count": {"late": 2}})

    def _leaders(self) -> Iterator[LoopCase]:
        yield self._one("no leader", "leaders", JUNE, "leaders", self._code(NO_LEADER), problem="none", leaders=[])
        yield self._one(
            "leader by decision", "leaders", AUGUST, "leaders", self._code(NO_LEADER), problem="", leaders=["模拟领导"]
        )
        both = self._rows.project(DISPUTED)
        names = sorted((self._rows.people.leader(both).name, made_leader("330482", 2).name))
        yield self._one(
            "second leader",
            "leaders",
            JUNE,
            "leaders",
            self._code(DISPUTED),
            problem="several",
            sorted={"leaders": names},
        )
        for key, newest in SILENT_SINCE.items():
            period = JUNE if newest is None else JULY
            since = newest or date(2022, 1, 1)
            days = (last_day(index_of(period)) - since).days
            on = newest.isoformat() if newest else None
            yield self._one(
                "silent leader",
                "leaders",
                period,
                "leaders",
                self._code(key),
                problem="silent",
                silent_days=days,
                last_action=on,
            )
        old, new = self._rows.people.leader(self._rows.project(SUCCEEDED)).name, made_leader("330421", 8).name
        code = self._code(SUCCEEDED)
        yield self._one("leader before the succession", "leaders", JULY, "leaders", code, leaders=[old], problem="")
        yield self._one("leader after the succession", "leaders", AUGUST, "leaders", code, leaders=[new], problem="")

    def _achievements(self) -> Iterator[LoopCase]:
        one, two = (
            next(p for p in self._rows.units["330481"].projects if p.special == s) for s in ("晶科", "晶科二期")
        )

        def made(case: str, period: str, p: Project, kind: str, **expect: object) -> LoopCase:
            key: dict[str, object] = {"kind": kind, "project_code": self._rows.code(p)}
            return LoopCase(case, ("showcase",), period, "achievements", key, expect)

        yield made("晶科 phase one: a hundred days", JUNE, one, "hundred_days", days=100, state="achieved")
        yield made("晶科 phase two: 三当年 on course", JUNE, two, "three_in_one_year", state="on_course")
        yield made("晶科 phase two: 三当年", SEPTEMBER, two, "three_in_one_year", state="achieved", on="2022-09")
        yield made("commissioned", SEPTEMBER, two, "commissioned", state="achieved")
        started = self._rows.project(script.RECTIFIED)
        yield made("started", JULY, started, "started", state="achieved")
        yield LoopCase(
            "themes", ("showcase",), JUNE, expect={"sum": {"by_theme": 2 * sum(1 for _ in self._library_projects())}}
        )

    def _coverage(self) -> Iterator[LoopCase]:
        unseen = self._code(next(iter(ENTERED_LATE)))
        yield self._one(
            "not in statistics: dispatch", "coverage", JULY, "projects", unseen, source="dispatch", months_waiting=2
        )
        yield LoopCase("entered", ("coverage",), SEPTEMBER, "projects", {"project_code": unseen}, absent=True)
        first, second = unseen_code("330421", 1), unseen_code("330421", 2)
        yield self._one(
            "not in statistics: approval",
            "coverage",
            JUNE,
            "projects",
            first,
            source="approval",
            survey_round=1,
            newly_found=True,
        )
        yield LoopCase(
            "entered between rounds", ("coverage",), AUGUST, "projects", {"project_code": first}, absent=True
        )
        yield self._one("second round", "coverage", AUGUST, "projects", second, survey_round=2)

    def _stages(self) -> Iterator[LoopCase]:
        """Overdue projects of each stage in June, and the weakest link."""
        due: dict[str, int] = {}
        late: dict[str, int] = {}
        for p in self._library_projects():
            record = self._rows.units[p.unit].records[p.number]
            for stage in record.due(JUNE_2022):
                due[stage] = due.get(stage, 0) + 1
                late[stage] = late.get(stage, 0) + (record.actual.get(stage, 10_000) > JUNE_2022)
        for stage, count in due.items():
            expect: dict[str, object] = {"due": count, "overdue": late[stage]}
            yield LoopCase(f"stage {stage}", ("stages",), JUNE, "stages", {"stage": stage}, expect)
        weakest = max(due, key=lambda stage: late[stage] / due[stage])
        yield LoopCase("weakest link", ("stages",), JUNE, expect={"weakest": weakest, "scope": "library"})


def _month_of_week(week: str) -> str:
    sunday = date.fromisocalendar(int(week[:4]), int(week[6:]), 7)
    return f"{min(sunday, date(2022, 9, 30)):%Y-%m}"
