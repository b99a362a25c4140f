"""Clean rows trip no rule of domain.md §2.7 as decided: the edits are written out here a second time, in plain Python."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from pipelines.sample.published_facts import index_of, previous_report
from pipelines.sample.world import World

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PROJECT_CODE = re.compile(r"(?:\d{2}(?:0[1-9]|1[0-2])|20(?:1[5-9]|20))-3304\d\d-\d\d-\d\d-\d{6}")


@pytest.fixture(scope="module")
def months(world: World, jiaxing) -> dict[int, dict[str, dict[str, dict]]]:
    """month → unit → stat_project_no → row, in order of time."""
    result = {}
    for period in jiaxing.calendar.periods("unit_month"):
        month = index_of(str(period))
        result[month] = {
            unit: {row["stat_project_no"]: row for row in world.rows("project_month", unit, month)}
            for unit in world.units
        }
    return result


def everything(months):
    for month, units in months.items():
        for unit, rows in units.items():
            for row in rows.values():
                yield month, unit, row


def test_keys_and_codes(months, world, jiaxing):
    june = months[index_of("2022-06")]
    assert sum(len(rows) for rows in june.values()) == sum(len(world.units[u].active_projects(17)) for u in world.units)
    everywhere = [row for rows in june.values() for row in rows.values()]
    for name in ("stat_project_no", "project_code", "uscc", "owner_name", "project_name"):
        several = {value for value, count in Counter(row[name] for row in everywhere).items() if count > 1}
        assert several == ({"海宁晶科能源有限公司"} if name == "owner_name" else set()), name  # two phases, one owner
    for row in everywhere:
        assert row["industry_code"] in jiaxing.codes.industries
        assert PROJECT_CODE.fullmatch(row["project_code"])
        assert row["project_code"][5:11] == row["site_code"][:6]
        total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(row["uscc"][:17]))
        assert row["uscc"][17] == ALPHABET[(31 - total % 31) % 31]
        for name in ("nature", "status", "affiliation", "holding", "reg_type"):
            assert row[name] in jiaxing.codes.lists[name]
        code = row["project_code"]
        applied = f"20{code[:2]}-{code[2:4]}" if code[2:4] <= "12" else f"{code[:4]}-01"
        assert applied <= row["start_ym"]


def test_sites_are_in_the_unit_under_its_own_scope(months, jiaxing):
    zones = {m.member_code: m.unit_code for m in jiaxing.members if m.kind == "township" and m.sign == 1}
    looked_at = 0
    for _, unit, row in everything({17: months[17]}):
        looked_at += 1
        assert zones.get(row["site_code"], row["site_code"][:6]) == unit
    assert looked_at, "nothing was looked at"


def test_amounts_within_a_record(months):
    looked_at = 0
    for month, _, r in everything(months):
        looked_at += 1
        assert r["build"] + r["install"] + r["equip"] + r["other"] == r["ytd"] > 0
        assert r["build_install"] == r["build"] + r["install"]
        assert min(v for v in r.values() if isinstance(v, int)) >= 0
        assert 500 <= r["plan_total"] >= r["cum_total"] >= r["ytd"] >= r["month"]
        assert r["equip"] >= r["old_equip"] + r["renew_equip"] and r["other"] >= r["old_building"] + r["land_fee"]
        assert r["new_fixed_assets"] <= r["cum_total"] and r["floor_done"] <= r["floor_under"]
        parts = [v for k, v in r.items() if k.startswith("funds_") and k != "funds_total"]
        assert sum(parts) == r["funds_total"] and 2 * (r["funds_total"] + r["payables"]) >= r["ytd"]
        if r["plan_total"] >= 5000 and month % 12 > 1:
            assert 2 * r["month"] <= r["plan_total"]
        if r["ytd"] >= 5000 and 10 * r["cum_total"] >= 7 * r["plan_total"]:
            assert 0.02 <= r["equip"] / r["ytd"] <= 0.95 and r["other"] / r["ytd"] <= 0.6
        round_ones = [v for v in (r["ytd"], r["build"], r["install"], r["equip"], r["other"]) if v and v % 1000 == 0]
        assert r["plan_total"] < 10_000 or len(round_ones) < 3
    assert looked_at, "nothing was looked at"


def test_months_form_a_chain(months):
    looked_at = 0
    for month, units in months.items():
        looked_at += 1
        if month % 12 == 1:
            continue
        before = months[previous_report(month)]
        for unit, rows in units.items():
            for number, old in before[unit].items():
                new = rows[number]
                assert new["ytd"] == old["ytd"] + new["month"]
                assert all(new[k] == old[k] for k in ("plan_total", "uscc", "project_code", "project_name", "start_ym"))
                assert old["prod_ym"] in (None, new["prod_ym"])
    assert looked_at, "nothing was looked at"


def test_years_continue_from_december(months):
    december, closing = months[11], {}
    looked_at = 0
    for unit, rows in december.items():
        looked_at += 1
        closing[unit] = {n: r for n, r in rows.items() if r["prod_ym"] is None}
        assert closing[unit].keys() <= months[13][unit].keys()
        assert not (rows.keys() - closing[unit].keys()) & months[13][unit].keys()
    assert looked_at, "nothing was looked at"
    for month in range(13, 24):
        for unit, rows in months[month].items():
            for number, row in rows.items():
                opening = closing[unit][number]["cum_total"] if number in closing[unit] else 0
                assert row["cum_total"] == opening + row["ytd"]
                assert (number in closing[unit]) == (row["start_ym"] < "2022-01")


def test_nothing_jumps_stalls_or_is_stuffed_into_december(months, world):
    looked_at = 0
    for unit in world.units.values():
        looked_at += 1
        for p in unit.projects:
            for month in [m for m in months if p.stands_in(m) and p.start is not None]:
                late_start = p.start // 12 == month // 12 and p.start % 12 >= 9
                added = p.increments[month] / (2 if month % 12 == 1 else 1)
                recent = [
                    p.increments[m] / (2 if m % 12 == 1 else 1)
                    for m in range(max(month - 6, 1), month)
                    if p.increments[m]
                ]
                assert late_start or added < 5000 or added <= 3 * max(recent, default=0), (p.key, month)
                if month % 12 == 11 and not late_start:
                    assert p.increments[month] <= 0.35 * p.ytd[month]
                assert p.done(month) or p.increments[month] > 0
                assert not p.done(month) or month == p.finish or p.increments[month] == 0
    assert looked_at, "nothing was looked at"


def test_dates_of_projects(months, jiaxing):
    finished = next(code for code, name in jiaxing.codes.lists["status"].items() if name == "全部投产")
    looked_at = 0
    for month, _, r in everything(months):
        looked_at += 1
        period = f"{2021 + month // 12}-{month % 12 + 1:02d}"
        assert r["start_ym"] <= period
        assert (r["status"] == finished) == (r["prod_ym"] is not None)
        if r["prod_ym"]:
            built = (
                (int(r["prod_ym"][:4]) - int(r["start_ym"][:4])) * 12 + int(r["prod_ym"][5:]) - int(r["start_ym"][5:])
            )
            assert r["start_ym"] < r["prod_ym"] <= period and 3 <= built <= 60
    assert looked_at, "nothing was looked at"


def test_row_counts_change_by_less_than_a_third(months):
    """A09 compares with last period's rows that were not finished."""
    looked_at = 0
    for month, units in months.items():
        looked_at += 1
        before = months.get(previous_report(month))
        for unit, rows in units.items() if before else ():
            active_projects = sum(r["prod_ym"] is None for r in before[unit].values())
            assert abs(len(rows) - active_projects) <= 0.3 * active_projects
    assert looked_at, "nothing was looked at"


def test_stages_are_in_order_and_never_go_back(world):
    looked_at = 0
    for unit in world.units:
        looked_at += 1
        seen: dict[str, dict] = {}
        for month in range(13, 24):
            for r in world.rows("dispatch_month", unit, month):
                done = [r[f"{s}_actual"] for s in ("admission", "land", "approval", "start", "completion", "capacity")]
                dates = [d for d in done if d]
                assert dates == sorted(dates)
                trial = [d for d in (r["start_actual"], r["trial_actual"], r["completion_actual"]) if d]
                assert trial == sorted(trial)
                assert not r["start_actual"] or r["land_actual"] or r["na_flag"] == "供地"
                assert r["planned_ytd"] <= r["annual_plan"] <= r["plan_total"] and r["actual_ytd"] <= r["plan_total"]
                old = seen.get(r["project_code"], {})
                assert all(r[k] == v for k, v in old.items() if k.endswith(("_actual", "_plan")) and v is not None)
                assert r["planned_ytd"] >= old.get("planned_ytd", 0) and r["issues_closed"] >= old.get(
                    "issues_closed", 0
                )
                seen[r["project_code"]] = r
    assert looked_at, "nothing was looked at"
