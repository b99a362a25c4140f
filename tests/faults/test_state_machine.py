"""The warehouse against a plain dictionary: files of every kind, crashes, retries, editions, returns, a backup restored, in any order.

`SAIMA_STATE_MACHINE=40 pytest tests/faults/test_state_machine.py -s` runs that many sequences of 30 steps on each database (minutes)."""

from __future__ import annotations

import copy
import os
from collections import Counter
from hashlib import sha256

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pipelines.errors import Refused
from pipelines.model.loading import DraftEdition
from pipelines.model.rulings import Return
from pipelines.warehouse.db.faults import KILLED
from pipelines.warehouse.db.schema import CURRENT_FACTS
from pipelines.warehouse.staging.stage_writer import stage, staged

pytestmark = pytest.mark.slow
EXAMPLES = int(os.environ.get("SAIMA_STATE_MACHINE", "0"))
ROUNDS = 6
"""Few sequences may leave a rule out (Hypothesis switches some off in each): as many are drawn again until every rule was tried."""
PERIOD = "2022-06"
UNITS = ("330481", "330482", "330483")
CRASHES = {
    "stage.renamed": "staged",
    "load.planned": "planned",
    "load.lake_first_table": "planned",
    "load.lake_committed": "planned",
    "load.sql_open": "planned",
    "load.sql_committed": "loaded",
    "load.stage_removed": "loaded",
}
"""Fault point → what is left: a stage nobody planned, a load to finish, a load that happened."""
WORDS = st.sampled_from(("accepted", "accepted_with_queries", "rejected"))


class Model:
    """What the warehouse should hold, kept as dictionaries: files by receipt, what became of them is worked out from all of them."""

    def __init__(self) -> None:
        self.files: dict[str, dict] = {}
        self.returned: set[str] = set()
        self.editions: list[list[str]] = []

    def of_unit(self, unit: str) -> list[dict]:
        own = [f for f in self.files.values() if f["unit"] == unit and f["loaded"]]
        return sorted(own, key=lambda f: (f["hours"], f["seen"], f["name"], f["receipt"].receipt_id))

    def versions(self, unit: str) -> tuple[list[dict], set[str]]:
        """Versions, oldest first, and receipts that repeat one."""
        versions: list[dict] = []
        resent: set[str] = set()
        for file in self.of_unit(unit):
            same_as_last = versions and versions[-1]["content"] == file["content"]
            there = [f for f in self.of_unit(unit) if f["hours"] < file["hours"]]
            if same_as_last or (file["content"], file["name"]) in {(f["content"], f["name"]) for f in there}:
                resent.add(file["receipt"].receipt_id)
            else:
                versions.append(file)
        return versions, resent

    def current(self, unit: str) -> dict | None:
        """The last accepted version behind the last that was sent back."""
        found = None
        for file in self.versions(unit)[0]:
            if file["submission"] in self.returned:
                found = None
            elif file["word"] != "rejected":
                found = file
        return found

    def state(self, unit: str, file: dict) -> str:
        versions = self.versions(unit)[0]
        place, current = versions.index(file), self.current(unit)
        last_return = max((n for n, v in enumerate(versions) if v["submission"] in self.returned), default=-1)
        if current is not None and place < versions.index(current):
            return "superseded"
        if place <= last_return:
            return "returned" if place == last_return else "superseded"
        return file["word"]


class WarehouseMachine(RuleBasedStateMachine):
    """One home. What a rule does to it is done to the model, and after every rule both say the same."""

    homes = cases = run_to_end = None
    done: Counter[str] = Counter()
    """How often each rule did something, over all sequences."""

    @initialize()
    def open(self) -> None:
        self.home, self.server = self.homes.new()
        self.house = self.opened()
        self.model = Model()
        self.hours, self.number = 10.0, 0
        self.in_flight: tuple[str, list[dict]] | None = None
        self.backup: tuple | None = None
        self.load([self.fresh(unit, "accepted") for unit in UNITS])

    def opened(self):
        from loader_process import opened

        return opened(self.home, self.server)

    # files

    def a_file(self, unit: str, content: str, word: str, name: str, hours: float | None = None) -> dict:
        self.hours += 1
        arrived = self.hours if hours is None else hours
        receipt = self.cases.receipt(content, arrived, name, seen=self.hours)
        amount = str(int(sha256(content.encode()).hexdigest()[:6], 16))
        judged = self.cases.judged(receipt, unit, amounts=(amount,), word=word)
        return {
            **{"unit": unit, "content": content, "word": word, "name": name, "hours": arrived, "seen": self.hours},
            **{"receipt": receipt, "judged": judged, "submission": judged.submission_id, "amount": int(amount)},
            **{"loaded": False, "readable": True},
        }

    def fresh(self, unit: str, word: str, hours: float | None = None) -> dict:
        self.number += 1
        return self.a_file(unit, f"content {self.number}", word, f"{unit}-{self.number}.xlsx", hours)

    def work(self, files: list[dict]) -> tuple:
        judged = [f["judged"] for f in files if f["readable"]]
        outcomes = [
            self.cases.outcome(f["judged"]) if f["readable"] else self.cases.outcome(f["receipt"], "unreadable")
            for f in files
        ]
        self.number += 1
        return f"s{self.number}", judged, outcomes

    def load(self, files: list[dict]) -> None:
        self.house.add_receipts([f["receipt"] for f in files], self.cases.at(self.hours))
        self.model.files.update({f["receipt"].receipt_id: f for f in files})
        folder = stage(self.home / "stage", *self.work(files))
        self.house.load([folder], self.cases.at(self.hours), {})
        self.happened(files)
        self.again()

    def happened(self, files: list[dict]) -> None:
        """These files are loaded, and so is what a dead process had planned."""
        for file in files:
            file["loaded"] = True
        if self.in_flight and self.in_flight[0] == "planned":
            for file in self.in_flight[1]:
                file["loaded"] = True
            self.in_flight = None

    def again(self) -> None:
        """Files that became versions by what others turned out to be are judged again, as a run of `process` does."""
        lying = {f["receipt"].receipt_id for f in self.in_flight[1]} if self.in_flight else set()
        while waiting := [r.receipt_id for r in self.house.pending_receipts() if r.receipt_id not in lying]:
            folder = stage(self.home / "stage", *self.work([self.model.files[i] for i in waiting]))
            self.house.load([folder], self.cases.at(self.hours), {})

    @rule(unit=st.sampled_from(UNITS), word=WORDS)
    def submit_new_or_corrected(self, unit: str, word: str) -> None:
        self.done["submit_new_or_corrected"] += 1
        self.load([self.fresh(unit, word)])

    @rule(pick=st.randoms(use_true_random=False), renamed=st.booleans(), also=st.booleans())
    @precondition(lambda self: any(f["readable"] and f["loaded"] for f in self.model.files.values()))
    def submit_duplicate(self, pick, renamed: bool, also: bool) -> None:
        self.done["submit_duplicate"] += 1
        known = pick.choice([f for f in self.model.files.values() if f["readable"] and f["loaded"]])
        self.number += 1
        name = f"{known['unit']}-again-{self.number}.xlsx" if renamed else known["name"]
        files = [self.a_file(known["unit"], known["content"], known["word"], name)]
        self.load([*files, *([self.fresh(pick.choice(UNITS), "accepted")] if also else [])])

    @rule(unit=st.sampled_from(UNITS), word=WORDS)
    def submit_older(self, unit: str, word: str) -> None:
        """Seen now, arrived before everything else of its unit or between two of its files."""
        self.done["submit_older"] += 1
        before = [f["hours"] for f in self.model.of_unit(unit)] or [self.hours]
        self.load([self.fresh(unit, word, before[len(before) // 2] - 0.5 / (self.number + 2))])

    @rule()
    def submit_corrupt(self) -> None:
        self.done["submit_corrupt"] += 1
        file = self.fresh(UNITS[0], "rejected")
        self.load([{**file, "readable": False, "unit": ""}])

    # crashes

    @rule(point=st.sampled_from(sorted(CRASHES)), units=st.sets(st.sampled_from(UNITS), min_size=1), word=WORDS)
    @precondition(lambda self: self.in_flight is None)
    def crash(self, point: str, units: set[str], word: str) -> None:
        self.done["crash"] += 1
        files = [self.fresh(unit, word) for unit in sorted(units)]
        self.model.files.update({f["receipt"].receipt_id: f for f in files})
        assert self.run_to_end(self.home, "load", self.work(files), point, self.server) == KILLED
        if CRASHES[point] == "loaded":
            self.happened(files)
        else:
            self.in_flight = (CRASHES[point], files)

    @rule()
    @precondition(lambda self: self.in_flight is not None)
    def retry(self) -> None:
        self.done["retry"] += 1
        _, files = self.in_flight
        self.house.recover(self.cases.at(self.hours))
        self.house.load(staged(self.home / "stage"), self.cases.at(self.hours), {})
        self.happened(files)
        self.in_flight = None
        self.again()

    # decisions

    @rule(pick=st.randoms(use_true_random=False), withdrawn=st.booleans())
    @precondition(lambda self: any(self.model.current(unit) for unit in UNITS))
    def return_or_withdraw(self, pick, withdrawn: bool) -> None:
        file = pick.choice([found for unit in UNITS if (found := self.model.current(unit))])
        self.done["withdraw" if withdrawn else "return"] += 1
        self.hours += 1
        self.house.rulings.add_return(
            Return(file["submission"], "缺文号", None, "王", self.cases.at(self.hours), withdrawn)
        )
        with pytest.raises(Refused):
            self.house.rulings.add_return(Return(file["submission"], "再退", None, "王", self.cases.at(self.hours)))
        self.model.returned.add(file["submission"])
        self.number += 1
        folder = stage(self.home / "stage", f"s{self.number}", [file["judged"]], [])
        self.house.load([folder], self.cases.at(self.hours), {})
        self.happened([])
        self.again()

    @rule()
    def rank(self) -> None:
        self.done["rank"] += 1
        self.hours += 1
        inputs = self.house.inputs_hash(PERIOD)
        content = str({u: (self.model.current(u) or {}).get("amount") for u in UNITS})
        known = self.model.editions
        name = self.house.editions.next_id(PERIOD)
        draft = DraftEdition(name, PERIOD, inputs, content, "S", {"units": []}, "x", self.cases.at(self.hours))
        saved = self.house.editions.save_draft(draft)
        if self.in_flight and self.in_flight[0] == "planned":
            self.happened([])  # whoever takes the loader's lock finishes what is planned
            self.again()
        if known and known[-1][1:3] == [inputs, content]:
            assert saved.edition_id == known[-1][0]
            return
        for edition in known:
            edition[3] = "superseded" if edition[3] == "draft" else edition[3]
        known.append([name, inputs, content, "draft"])

    @rule(right=st.booleans())
    @precondition(lambda self: self.model.editions)
    def publish(self, right: bool) -> None:
        """The newest edition; content that nobody drafted is refused."""
        self.done["publish"] += 1
        edition = self.model.editions[-1]
        self.hours += 1
        at = self.cases.at(self.hours)
        if not right:
            with pytest.raises(Refused):
                self.house.editions.publish(edition[0], "forged", at, "y", "m")
            return
        if edition[3] == "draft":
            self.house.editions.sign(edition[0], "statistics", "王", edition[2], "approved", at)
        self.house.editions.publish(edition[0], edition[2], at, "y", "m")
        edition[3] = "published"

    # backups

    @rule()
    @precondition(lambda self: self.in_flight is None and self.backup is None)
    def back_up(self) -> None:
        self.done["back_up"] += 1
        self.house.close()
        self.backup = (*self.homes.copy(self.home, self.server), copy.deepcopy(self.model), self.home)
        self.house = self.opened()

    @rule()
    @precondition(lambda self: self.backup is not None)
    def restore_the_backup(self) -> None:
        """Elsewhere, as after a disk was lost: what came since is not known any more and may come again."""
        self.done["restore_the_backup"] += 1
        self.house.close()
        home, server, self.model, _ = self.backup
        self.homes.drop(self.home, self.server)
        self.home, self.server, self.backup, self.in_flight = home, server, None, None
        self.house = self.opened()

    # agreement

    @invariant()
    def both_say_the_same(self) -> None:
        expected, facts, states = set(), {}, {}
        for unit in UNITS:
            versions, resent = self.model.versions(unit)
            current = self.model.current(unit)
            expected |= {
                (unit, f["name"], self.cases.at(f["hours"]), self.model.state(unit, f), f is current) for f in versions
            }
            states |= {f["receipt"].receipt_id: "processed" for f in versions} | dict.fromkeys(resent, "resent")
            if current is not None:
                facts[unit] = current["amount"] * 10_000
        for receipt_id, file in self.model.files.items():
            if not file["readable"]:
                states[receipt_id] = "unreadable"
            elif not file["loaded"]:
                states[receipt_id] = "received"
        rows = self.house.submissions(PERIOD)
        assert {(r.unit_code, r.name, r.arrived_at, r.state, r.current) for r in rows} == expected
        assert len(rows) == len(expected)
        for unit in UNITS:
            numbers = [r.version for r in rows if r.unit_code == unit]
            assert len(set(numbers)) == len(numbers)
        assert {known.receipt.receipt_id: known.state for known in self.house.receipts()} == states
        table = CURRENT_FACTS["unit_month"].c
        with self.house.database.read() as connection:
            assert dict(connection.execute(sa.select(table.unit_code, table.ytd)).all()) == facts
        assert [[e.edition_id, e.inputs_hash, e.content_hash, e.state] for e in self.house.editions.all()] == (
            self.model.editions
        )

    def teardown(self) -> None:
        if not hasattr(self, "house"):
            return
        if self.in_flight is not None:
            self.retry()
        self.both_say_the_same()
        failed = [f"{c.id}: {c.detail}" for c in self.house.checks(None, self.cases.at(20_000)) if c.failed]
        rows = self.house.current_facts("unit_month", PERIOD, ["unit_code"])
        self.house.close()
        self.homes.drop(self.home, self.server)
        if self.backup is not None:
            self.homes.drop(self.backup[0], self.backup[1])
        assert failed == []
        assert sorted(rows["unit_code"].to_pylist()) == [u for u in UNITS if self.model.current(u)]


def test_the_warehouse_is_what_a_dictionary_says(homes, cases, run_to_end):
    machine = type(
        "Machine",
        (WarehouseMachine,),
        {"homes": homes, "cases": cases, "run_to_end": staticmethod(run_to_end), "done": Counter()},
    )
    wanted = {"submit_new_or_corrected", "submit_duplicate", "submit_older", "submit_corrupt", "crash", "retry"}
    wanted |= {"rank", "publish", "return", "withdraw", "back_up", "restore_the_backup"}
    for _ in range(ROUNDS if EXAMPLES else 1):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=EXAMPLES or 4,
                stateful_step_count=30 if EXAMPLES else 10,
                deadline=None,
                derandomize=not EXAMPLES,
                database=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )
        missing = wanted - {name for name, count in machine.done.items() if count}
        if not missing:
            break
    print(f"\n{homes.kind}: {dict(machine.done)}")
    assert len(missing) <= (0 if EXAMPLES else 3), f"never tried: {missing}"
