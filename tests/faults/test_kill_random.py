"""Killed at random moments of a month, alone and with four loaders racing, on SQLite and on PostgreSQL: after a retry the home is what
it would have been. `SAIMA_KILLS=200 pytest tests/faults/test_kill_random.py -s` tries that many moments on each database."""

from __future__ import annotations

import os
import random
import time

import pytest

from pipelines.model.loading import DraftEdition
from pipelines.warehouse.staging.stage_writer import staged

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("SAIMA_KILLS", "2"))
RACES = max(1, KILLS // 4)
SEED = int(os.environ.get("SAIMA_KILLS_SEED", "20221129"))


@pytest.fixture(scope="module")
def month(cases):
    """Loads of a month (a correction, the same judged again, rows held back) and its edition."""
    first, second = cases.receipt("a", 1, "甲.xlsx"), cases.receipt("b", 1, "乙.xlsx")
    batches = [
        [cases.judged(first, "330481", amounts=("1", "2")), cases.judged(second, "330482", amounts=("3", "4"))],
        [
            cases.judged(cases.receipt("aa", 2, "甲2.xlsx"), "330481", amounts=("10", "20", "30")),
            cases.judged(
                cases.receipt("c", 2, "丙.xlsx"), "330483", form="project_month", amounts=("7", "8"), held=(6,)
            ),
        ],
        [cases.judged(cases.receipt("d", 3, "丁.xlsx"), "330424", word="rejected", amounts=("9",))],
    ]
    works = [(f"w{n}", judged, [cases.outcome(one) for one in judged]) for n, judged in enumerate(batches)]
    units = [{"unit": "330481", "name": "海宁市", "rank": 1, "score": "88.10", "ytd": "3.0000", "growth": 0.1}]
    return works, DraftEdition("2022-06-e1", "2022-06", "in", "co", "SAIMA-1", {"units": units}, "x", cases.at(90))


def picture(house, versions: bool = True):
    """Everything a reader can see; version numbers are those of the order of loading."""
    rows = house.submissions()
    ids = [r.submission_id for r in rows]
    lake = {}
    for table in ("fact_unit_month", "fact_project_month", "quarantined_rows", "raw_rows"):
        found = house.rows_of(table, ids)
        found = found.drop_columns([n for n in ("load_id", "" if versions else "version") if n in found.column_names])
        lake[table] = sorted(map(repr, found.to_pylist()))
    return (
        sorted((r.submission_id, r.version if versions else 0, r.state, r.current, r.verdict_id) for r in rows),
        lake,
        sorted((r.receipt.name, r.state) for r in house.receipts()),
        [(e.edition_id, e.state, e.content_hash) for e in house.editions.all()],
        house.inputs_hash("2022-06"),
    )


def failed(house, cases) -> list[str]:
    return [f"{c.id}: {c.detail}" for c in house.checks(None, cases.at(20_000)) if c.failed]


@pytest.fixture(scope="module")
def undisturbed(homes, month, processes):
    """What a month that nobody disturbs leaves, and how long it takes."""
    from loader_process import opened, run

    home, server = homes.new()
    process = processes.Process(target=run, args=(home, "month", month, "", server))
    began = time.monotonic()
    process.start()
    process.join(120)
    seconds = time.monotonic() - began
    assert process.exitcode == 0
    with opened(home, server) as house:
        return picture(house), picture(house, versions=False), seconds


def settled(house, homes, home, server, cases) -> None:
    assert failed(house, cases) == []
    assert house.pending_receipts() == [] and staged(home / "stage") == []


def test_killed_at_random_moments(homes, month, undisturbed, start, cases):
    from loader_process import opened

    expected, _, seconds = undisturbed
    chance, hit = random.Random(SEED), 0
    for number in range(KILLS):
        home, server = homes.new()
        moment = seconds * (number + chance.random()) / KILLS
        process = start(home, "month", month, "", server)
        process.join(moment)
        hit += process.is_alive()
        process.kill()
        process.join()
        again = start(home, "month", month, "", server)
        again.join(120)
        assert again.exitcode == 0, f"after a kill at {moment:.3f} s"
        with opened(home, server) as house:
            assert picture(house) == expected, f"after a kill at {moment:.3f} s"
            settled(house, homes, home, server, cases)
        homes.drop(home, server)
        print(f"{number + 1} moments", flush=True)
    print(f"\n{homes._first or 'sqlite'}: {KILLS} moments of {seconds:.1f} s, {hit} before its end")
    assert hit, "every month was over before it was killed: nothing was tried"


def test_four_loaders_race_and_are_killed(homes, month, undisturbed, start, cases):
    """Each of the four brings the whole month; each dies at a moment of its own; one goes on."""
    from loader_process import opened

    _, expected, seconds = undisturbed
    works, draft = month
    chance, hit = random.Random(SEED + 7), 0
    for number in range(RACES):
        home, server = homes.new()
        orders = [chance.sample(works, len(works)) for _ in range(4)]
        processes = [start(home, "month", (order, None), "", server) for order in orders]
        ends = sorted((time.monotonic() + chance.uniform(0.2, 1.6) * seconds, n) for n in range(4))
        for moment, n in ends:
            processes[n].join(max(0.0, moment - time.monotonic()))
            hit += processes[n].is_alive()
            processes[n].kill()
            processes[n].join()
        again = start(home, "month", (works, draft), "", server)
        again.join(120)
        assert again.exitcode == 0
        with opened(home, server) as house:
            assert picture(house, versions=False) == expected
            settled(house, homes, home, server, cases)
        homes.drop(home, server)
        print(f"{number + 1} races, {hit} loaders killed", flush=True)
    print(f"\n{homes._first or 'sqlite'}: {RACES} races of four, {hit} of {4 * RACES} loaders killed at work")
    assert hit
