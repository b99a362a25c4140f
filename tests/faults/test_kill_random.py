"""A whole month killed at random moments, alone and with four processes racing, on SQLite and on PostgreSQL: who comes next finishes
it, and the home is what it would have been. `SAIMA_KILLS=200 pytest tests/faults/test_kill_random.py -s` goes on until that many kills
have hit a living process on each database, alone and racing."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections import Counter
from multiprocessing import Pipe

import pytest

from .whole_month import ARRIVED, NOW, SENT, STEPS, opened, picture, run, steps, write_files, write_programme

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("SAIMA_KILLS", "2"))
SEED = int(os.environ.get("SAIMA_KILLS_SEED", "20221129"))
RACERS = 4 if KILLS >= 4 else 2
"""Four; in the whole suite two, which is what it has time for."""
MEASURED = 3 if KILLS >= 4 else 1
LONGEST = 120
"""Seconds after which a month hangs."""


class Months:
    """Homes with the first files in their inbox, on one kind of database, and processes that do the month in them."""

    def __init__(self, homes, processes) -> None:
        self.homes, self.processes = homes, processes
        if not (homes.place / "programme").exists():
            write_programme(homes.place / "programme")

    def new(self):
        """A home like the first one, which is empty but for its inbox."""
        first = self.homes.place / "first"
        if not first.exists():
            context = opened(first, self.homes.first_server)
            write_files(context.settings.inbox, SENT, ARRIVED)
            assert context.warehouse.lake.heads() == {}
            context.warehouse.close()
        return self.homes.copy(first, self.homes.first_server)

    def start(self, home, server):
        """(process, connection on which it says where it is)."""
        here, there = Pipe(duplex=False)
        process = self.processes.Process(target=run, args=(home, server, there))
        process.start()
        there.close()
        return process, here

    def measured(self) -> tuple[dict[str, float], dict[str, object]]:
        """How long each step takes while nobody disturbs it (the middle one of some months), and what such a month leaves."""
        seconds: dict[str, list[float]] = {name: [] for name in STEPS}
        left: dict[str, object] = {}
        for _ in range(MEASURED):
            home, server = self.new()
            process, told = self.start(home, server)
            step = told.recv()
            while step:
                began = time.monotonic()
                following = told.recv()
                seconds[step].append(time.monotonic() - began)
                step = following
            process.join(LONGEST)
            assert process.exitcode == 0
            left = left or finished(home, server)
            self.homes.drop(home, server)
        middle = {name: statistics.median(found) for name, found in seconds.items()}
        print(
            f"\n{self.homes.kind}: " + ", ".join(f"{name} {found:.2f} s" for name, found in middle.items()), flush=True
        )
        return middle, left


@pytest.fixture(scope="module")
def months(homes, processes):
    return Months(homes, processes)


@pytest.fixture(scope="module")
def undisturbed(months):
    """What a month that nobody disturbs leaves, and how long its steps take."""
    seconds, expected = months.measured()
    assert [state for _, state, _ in expected["editions"]] == ["published"] and expected["sent twice"] == []
    assert expected["sent"] > 3 and len(expected["versions"]) == 5 and expected["signatures"] == [("statistics", "王")]
    assert len(expected["published"]) > 1 and len(expected["answers"]) > 5
    return expected, seconds


def finished(home, server) -> dict[str, object]:
    """The picture after the next person has done the month, whatever was done before, and the audit has nothing against it."""
    from pipelines.flow.upkeep.audit import audit

    context = opened(home, server)
    try:
        for _ in steps(context, lambda name: None):
            pass
        failed = [f"{c['id']}: {c['detail']}" for c in audit(context, NOW)["checks"] if c["failed"]]
        assert failed == [], failed
        left = [*context.warehouse.pending_receipts(), *(home / "stage").glob("*")]
        assert left == [], left
        return picture(context)
    finally:
        context.warehouse.close()


def differences(found: dict[str, object], expected: dict[str, object]) -> list[str]:
    """What one picture has and the other has not, line by line."""
    there, wanted = (
        {f"{name}: {line}" for name, value in one.items() for line in _lines(value)} for one in (found, expected)
    )
    return [f"+ {line}" for line in sorted(there - wanted)] + [f"- {line}" for line in sorted(wanted - there)]


def _lines(value: object) -> list[str]:
    if isinstance(value, dict):
        return [f"{name} {line}" for name, part in value.items() for line in _lines(part)]
    if isinstance(value, bytes):
        return value.decode().splitlines()
    return [repr(one) for one in value] if isinstance(value, list) else [repr(value)]


def until(told, step: str) -> bool:
    """Waits until the process says that it begins a step; False where it ended before."""
    try:
        while told.poll(LONGEST):
            if told.recv() == step:
                return True
    except EOFError:
        pass
    return False


def aimed(number: int, chance: random.Random, seconds: dict[str, float]) -> tuple[str, float]:
    """(step, seconds after it began): every step in its turn, so that short ones are hit as often as long ones."""
    step = list(STEPS)[number % len(STEPS)]
    return step, chance.random() * seconds[step]


def test_killed_at_random_moments(months, undisturbed, start):
    expected, seconds = undisturbed
    chance, hit, tried = random.Random(SEED), Counter(), 0
    while hit.total() < KILLS:
        assert tried < 2 * KILLS + 10, (
            f"{hit.total()} of {tried} kills hit a living process: the moments are drawn wrongly"
        )
        home, server = months.new()
        step, moment = aimed(tried + SEED, chance, seconds)
        process, told = months.start(home, server)
        assert until(told, step)
        process.join(moment)
        hit[step] += process.is_alive()
        process.kill()
        process.join()
        tried += 1
        assert differences(finished(home, server), expected) == [], f"killed {moment:.3f} s into {step}"
        months.homes.drop(home, server)
        print(f"{hit.total()} of {tried} ({step} {moment:.3f} s)", flush=True)
    print(f"\n{months.homes.kind} alone: {hit.total()} of {tried} kills hit a living process: {dict(hit)}")
    assert hit.total() >= 0.9 * tried or tried < 10


def test_four_race_and_are_killed(months, undisturbed, start):
    """Each of the four does the whole month; each dies at a moment of its own; one goes on."""
    expected, seconds = undisturbed
    chance, hit, tried = random.Random(SEED + 7), Counter(), 0
    while hit.total() < KILLS:
        assert tried < 2 * KILLS + 10 * RACERS, f"{hit.total()} of {tried} kills hit a living process"
        home, server = months.new()
        started = [months.start(home, server) for _ in range(RACERS)]
        aims = sorted(list(STEPS).index(step) + chance.random() for step in chance.sample(list(STEPS), RACERS))
        for (process, told), aim in zip(started, aims, strict=True):
            step = list(STEPS)[int(aim)]
            until(told, step)
            process.join((aim % 1) * seconds[step])
            hit[step] += process.is_alive()
            assert process.exitcode in (None, 0), f"one of the four ended by an error in {step}, or before"
            process.kill()
            process.join()
            tried += 1
        assert differences(finished(home, server), expected) == []
        months.homes.drop(home, server)
        print(f"{hit.total()} of {tried}", flush=True)
    print(f"\n{months.homes.kind} racing: {hit.total()} of {tried} kills hit a living process: {dict(hit)}")
    # a racer may find its step done by another, and has ended before its moment comes
    assert hit.total() >= 0.75 * tried or tried < 10
