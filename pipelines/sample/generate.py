"""Simulated submissions of a programme that reproduce the published totals (domain_decisions §5): files as counties send them, with
the times at which they would have arrived, what is planted in them, and the truth to compare with."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from ..errors import Terminal
from ..model.programme import Programme
from .deliveries import Month, SampleFile
from .injected_faults import INJECTED_FAULTS, LATE
from .loop_decisions import SimulatedDecision, decisions
from .loop_files import LoopFile, LoopMonth
from .loop_rows import LoopRows
from .loop_truth import LoopTruth
from .published_facts import unit_facts
from .truth import Truth, figures
from .world import World

_MARKS = ".saima-sample"
_SIDECAR = ".manifest.json"
DECISIONS, LOOP_TRUTH = "decisions.csv", "truth/dispatch.json"
_README = """本文件夹全部为模拟数据,不是任何单位的真实报表;项目、企业、代码均为虚构(晶科、赞昇两个项目的公开信息除外)。
All files here are simulated. No file is a return of any real unit; projects, enterprises and codes are invented.

<期>/            该期到达的文件,修改时间即到达时间;late/ 为后来才出现的更早版本;dispatch/ 为调度闭环各表
truth.json       公布的总数、各单位各期的真值、全部文件、有意设置的问题 / published totals, truth, files, planted faults
decisions.csv    6—9 月作出的决定,依次登记:saima dispatch decide from-file / decisions of June to September
truth/           dispatch.json:调度各命令应有的结果,每种情形一例 / what the commands of the loop must say
"""


def generate(
    programme: Programme,
    out: Path,
    periods: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """Writes `out/<period>/<file>` for the periods (default: all of 2021 and 2022 in the calendar), `out/truth.json` and
    `out/README.txt`.

    Deterministic: a period made alone has the same bytes and times as in the whole. A period that is there already, made by the same
    programme and generator, is left as it is. `progress` gets (files done, files in all). Raises Terminal for a programme
    without the simulated units or a period outside its calendar.
    """
    chosen = _periods(programme, periods)
    key = _key(programme)
    marks = out / _MARKS
    marks.mkdir(parents=True, exist_ok=True)
    stale = [period for period in chosen if not _is_there(out, period, key)]
    if stale:
        world = World(programme)
        loop = LoopRows(world.units)
        _write_loop(out, loop, key)
        months = [(period, list(Month(world, programme, period))) for period in stale]
        total = sum(len(deliveries) for _, deliveries in months)
        done = 0
        for period, deliveries in months:
            _forget(out, period)
            files = []
            for delivery in deliveries:
                files.append(_write(out / period, delivery))
                done += 1
                if progress is not None:
                    progress(done, total)
            content = {
                "key": key,
                "figures": figures(world, period),
                "files": files,
                "loop_files": [_write_loop_file(out / period, file) for file in LoopMonth(loop, programme, period)],
                "planted": _injected(period),
            }
            text = json.dumps(content, ensure_ascii=False, indent=0, sort_keys=True)
            (marks / f"{period}.json").write_text(text, encoding="utf-8")
    truth = _truth(programme, key, marks)
    truth.write(out)
    (out / "README.txt").write_text(_README, encoding="utf-8")
    return truth


def _periods(programme: Programme, periods: Sequence[str] | None) -> list[str]:
    """The periods to make, in order."""
    missing = [f.unit_code for f in unit_facts() if programme.roster.get(f.unit_code) is None]
    if missing or not programme.seasonal:
        raise Terminal(
            f"模拟数据只适用于嘉兴方案,方案 {programme.name} 缺少单位 {', '.join(missing) or '—'} 或季节曲线",
            f"the simulation is of the Jiaxing programme; {programme.name} lacks units {', '.join(missing) or '—'} or seasonal.csv",
            "--programme jiaxing",
        )
    known = [str(p) for p in programme.calendar.periods(programme.lead_form) if p.year in (2021, 2022)]
    if periods is None:
        return known
    unknown = sorted(set(periods) - set(known))
    if unknown:
        raise Terminal(
            f"没有这些报告期的模拟数据:{', '.join(unknown)}",
            f"no simulated data of these periods: {', '.join(unknown)}",
            f"可用 / available: {known[0]} … {known[-1]}" if known else "",
        )
    return [period for period in known if period in set(periods)]


def _key(programme: Programme) -> str:
    """Identity of what is generated: the programme, this package's files and the version of the workbook writer."""
    digest = hashlib.sha256(f"{programme.version}\0{xlsxwriter.__version__}\0".encode())
    for file in sorted(Path(__file__).parent.iterdir()):
        if file.suffix in (".py", ".csv"):
            digest.update(f"{file.name}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _mark(out: Path, period: str) -> dict[str, Any]:
    try:
        content = json.loads((out / _MARKS / f"{period}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_there(out: Path, period: str, key: str) -> bool:
    """Whether the period was made by the same generator and its files still have their size and time."""
    mark = _mark(out, period)
    if mark.get("key") != key:
        return False
    if not (out / LOOP_TRUTH).exists() or not (out / DECISIONS).exists():
        return False
    for file in (*mark["files"], *mark["loop_files"]):
        path = out / period / file["name"]
        try:
            status = path.stat()
        except OSError:
            return False
        arrived = _nanoseconds(datetime.fromisoformat(file["arrived_at"]))
        if (status.st_size, status.st_mtime_ns) != (file["size"], arrived):
            return False
        if file.get("manifest") and not path.with_name(path.name + _SIDECAR).exists():
            return False
    return True


def _forget(out: Path, period: str) -> None:
    """Removes the files an earlier generator made for the period, and nothing else."""
    mark = _mark(out, period)
    for file in (*mark.get("files", ()), *mark.get("loop_files", ())):
        for name in (file["name"], file["name"] + _SIDECAR):
            (out / period / name).unlink(missing_ok=True)
    (out / _MARKS / f"{period}.json").unlink(missing_ok=True)


def _write(folder: Path, delivery: SampleFile) -> dict[str, object]:
    path = folder / delivery.name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = delivery.make()
    _put(path, content, delivery.arrived)
    if delivery.manifest is not None:
        text = json.dumps(delivery.manifest, ensure_ascii=False, indent=0)
        _put(path.with_name(path.name + _SIDECAR), text.encode(), delivery.arrived)
    return {
        "name": delivery.name,
        "unit": delivery.unit,
        "forms": list(delivery.forms),
        "arrived_at": delivery.arrived.isoformat(),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "manifest": delivery.manifest is not None,
        "role": delivery.role,
        "plant": delivery.injected_fault.kind if delivery.injected_fault else None,
        "expected": {f: dict(e) for f, e in delivery.injected_fault.expected.items() if f in delivery.forms}
        if delivery.injected_fault and delivery.role in ("faulty", "older")
        else {},
    }


def _write_loop_file(folder: Path, file: LoopFile) -> dict[str, object]:
    path = folder / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    _put(path, file.content, file.arrived)
    return {
        "name": file.name,
        "unit": file.unit,
        "forms": list(file.forms),
        "period": file.period,
        "arrived_at": file.arrived.isoformat(),
        "size": len(file.content),
        "sha256": hashlib.sha256(file.content).hexdigest(),
        "expected": file.expected,
    }


def _write_loop(out: Path, loop: LoopRows, key: str) -> None:
    """The script of decisions, and the cases that the commands of the dispatch loop must show."""
    made = decisions(loop)
    (out / DECISIONS).write_bytes(_decision_table(made))
    path = out / LOOP_TRUTH
    path.parent.mkdir(exist_ok=True)
    content = {
        "simulated": True,
        "key": key,
        "decisions": len(made),
        "cases": [case.written() for case in LoopTruth(loop, made).cases()],
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _decision_table(made: Sequence[SimulatedDecision]) -> bytes:
    """A line a decision; `detail` as `key=value;key=value`."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([name.name for name in fields(SimulatedDecision)])
    for one in made:
        detail = ";".join(f"{name}={value}" for name, value in one.detail.items())
        writer.writerow([*(getattr(one, name.name) for name in fields(SimulatedDecision)[:-1]), detail])
    return buffer.getvalue().encode("utf-8-sig")


def _put(path: Path, content: bytes, arrived: datetime) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(_nanoseconds(arrived), _nanoseconds(arrived)))


def _nanoseconds(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000_000


def _injected(period: str) -> list[dict[str, object]]:
    """Faults and late arrivals of the period."""
    faults: Iterable[dict[str, object]] = (
        {
            "period": p.period,
            "unit": p.unit,
            "kind": p.kind,
            "zh": p.zh,
            "en": p.en,
            "forms": list(p.forms),
            "corrected": p.corrected,
            "expected": {form: dict(expected) for form, expected in p.expected.items()},
        }
        for p in INJECTED_FAULTS
        if p.period == period
    )
    late: Iterable[dict[str, object]] = (
        {"period": at, "unit": unit, "kind": "late", "workdays_late": days, "local_time": clock}
        for (at, unit), (days, clock) in LATE.items()
        if at == period
    )
    return [*faults, *late]


def _truth(programme: Programme, key: str, marks: Path) -> Truth:
    """The truth of all periods that lie in the folder and were made by this generator."""
    months, files, injected = {}, {}, []
    for path in sorted(marks.glob("*.json")):
        mark = _mark(marks.parent, path.stem)
        if mark.get("key") != key:
            continue
        months[path.stem], files[path.stem] = mark["figures"], mark["files"]
        injected += mark["planted"]
    return Truth(programme.name, key, months, files, injected)
