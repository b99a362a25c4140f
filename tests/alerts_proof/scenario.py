"""The months that the proof replays: which file arrives when and is judged how, and what must therefore be said to whom.

What is expected is written by hand, from the issue and the printed calendars of 2022, never computed by the code under test.
Times are local (Asia/Shanghai)."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipelines.model.programme import ChannelSpec

ZONE = ZoneInfo("Asia/Shanghai")
UNITS = ("330402", "330411", "330421", "330424", "330481", "330482", "330483", "330471", "330472")
BUREAU = "330400"
FORMS = ("project_month", "unit_month", "dispatch_month")
REMINDERS = ("T-3", "T-1", "T-4h", "T")
OVER = {
    ("county", "330481"): "wecom",
    ("county", "330482"): "feishu",
    ("county", "330483"): "dingtalk",
    "county": "mail",
    "leader": "webhook",
    "bureau": "mail",
    "engineer": "feishu",
}
"""Audience (of a unit) → channel, so that a month goes over all five kinds."""
GROUP = ("wecom", "feishu", "dingtalk")
"""Channels whose messages go to a group."""


def local(text: str) -> datetime:
    """`2022-07-11 18:00` as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass(frozen=True)
class Arrival:
    """A file of a unit with some of its forms, and the verdict that its rules come to; `seen` where later than it arrived."""

    unit: str
    forms: tuple[str, ...]
    at: str
    word: str = "accepted"
    seen: str = ""


@dataclass(frozen=True)
class Rung:
    """A rung that must be said to one audience of a unit at a time, once."""

    unit: str
    form: str
    rung: str
    audience: str
    at: str


@dataclass(frozen=True)
class Scenario:
    """A stretch of time: `rows` replaces lines of calendar.csv; `days_off`: no message to a person leaves on these dates."""

    name: str
    period: str
    start: str
    end: str
    arrivals: tuple[Arrival, ...]
    rungs: tuple[Rung, ...]
    digests: dict[str, tuple[str, ...]]
    """Local date → addresses of the bureau that get one digest on it, at 09:00."""
    late_listed: dict[tuple[str, str], int]
    """(date, address) → how many late entries that digest lists."""
    recovered: frozenset[tuple[str, str, str]]
    """(unit, form, audience) that hears that the file of a late unit is in."""
    alerts_from: str = "2022-02"
    rows: tuple[str, ...] = ()
    days_off: tuple[str, ...] = field(default=())
    freeze_days: tuple[str, ...] = field(default=())


def climb(unit: str, forms: Iterable[str], times: dict[str, str]) -> list[Rung]:
    """A unit that sends nothing: reminders to the county, T+1 to leader and bureau, T+2 to all three."""
    found = []
    for form in forms:
        for rung, at in times.items():
            audiences = ("county",) if rung in REMINDERS else ("leader", "bureau")
            audiences = (*audiences, "county") if rung == "T+2" else audiences
            found += [Rung(unit, form, rung, audience, at) for audience in audiences]
    return found


DUE_11_JULY = {
    "T-3": "2022-07-06 09:00",
    "T-1": "2022-07-08 09:00",
    "T-4h": "2022-07-11 14:00",
    "T": "2022-07-11 18:00",
    "T+1": "2022-07-12 09:00",
    "T+2": "2022-07-13 09:00",
}
DUE_14_JULY = {
    "T-3": "2022-07-11 09:00",
    "T-1": "2022-07-13 09:00",
    "T-4h": "2022-07-14 14:00",
    "T": "2022-07-14 18:00",
    "T+1": "2022-07-15 09:00",
    "T+2": "2022-07-18 09:00",
}
"""15 July 2022 is a Friday."""
TOUZI, DIAODU = "touzi-330400@example.invalid", "diaodu-330400@example.invalid"

JUNE = Scenario(
    name="june",
    period="2022-06",
    start="2022-07-05 18:00",
    end="2022-07-19 12:00",
    arrivals=(
        Arrival("330424", FORMS, "2022-07-06 10:47"),
        Arrival("330481", FORMS, "2022-07-06 16:20", "accepted_with_queries"),
        Arrival("330482", FORMS, "2022-07-06 16:55"),
        Arrival("330411", ("project_month", "dispatch_month"), "2022-07-07 15:00"),
        Arrival("330411", ("unit_month",), "2022-07-07 15:03", "rejected"),
        Arrival("330402", FORMS, "2022-07-07 15:19"),
        Arrival("330483", ("project_month",), "2022-07-07 15:43", "rejected"),
        Arrival("330483", ("unit_month", "dispatch_month"), "2022-07-07 15:46"),
        Arrival("330421", FORMS, "2022-07-07 21:40"),
        Arrival("330411", ("unit_month",), "2022-07-08 08:10"),
        # an older file that turns up after a newer one
        Arrival("330402", ("unit_month",), "2022-07-06 18:19", seen="2022-07-08 08:30"),
        Arrival("330471", FORMS, "2022-07-13 10:12"),
        Arrival(BUREAU, ("city_month",), "2022-07-14 15:20"),
        Arrival("330472", FORMS, "2022-07-16 22:30"),
    ),
    rungs=(
        *(Rung(unit, form, "T-3", "county", DUE_11_JULY["T-3"]) for unit in UNITS[:7] for form in FORMS),
        *climb("330471", FORMS, DUE_11_JULY),
        *climb("330472", FORMS, DUE_11_JULY),
        *climb("330483", ("project_month",), DUE_14_JULY),
        *(Rung(BUREAU, "city_month", rung, "county", DUE_14_JULY[rung]) for rung in ("T-3", "T-1", "T-4h")),
    ),
    digests={
        "2022-07-08": (TOUZI, DIAODU),
        "2022-07-11": (TOUZI, DIAODU),
        "2022-07-12": (TOUZI, DIAODU),
        "2022-07-13": (TOUZI, DIAODU),
        "2022-07-14": (TOUZI, DIAODU),
        "2022-07-15": (TOUZI, DIAODU),
        "2022-07-18": (TOUZI, DIAODU),
        "2022-07-19": (TOUZI,),
    },
    late_listed={
        ("2022-07-12", TOUZI): 4,
        ("2022-07-12", DIAODU): 2,
        ("2022-07-13", TOUZI): 4,
        ("2022-07-14", TOUZI): 2,
        ("2022-07-14", DIAODU): 1,
        ("2022-07-15", TOUZI): 3,
        ("2022-07-18", TOUZI): 1,
    },
    recovered=frozenset(
        (unit, form, audience)
        for unit in ("330471", "330472")
        for form in FORMS
        for audience in ("county", "leader", "bureau")
    ),
    days_off=("2022-07-09", "2022-07-10", "2022-07-16", "2022-07-17"),
    freeze_days=("2022-07-18",),
)

DUE_8_FEBRUARY = {
    "T-3": "2022-01-29 09:00",
    "T-1": "2022-02-07 09:00",
    "T-4h": "2022-02-08 14:00",
    "T": "2022-02-08 18:00",
    "T+1": "2022-02-09 09:00",
    "T+2": "2022-02-10 09:00",
}
"""Spring Festival 2022: off from 31 January to 6 February; Saturday the 29th and Sunday the 30th of January are worked (调休)."""
DISPATCH = ("dispatch_month",)

SPRING = Scenario(
    name="spring",
    period="2022-01",
    start="2022-01-28 07:00",
    end="2022-02-14 13:00",
    arrivals=(
        Arrival("330424", DISPATCH, "2022-01-28 17:10"),
        Arrival("330411", DISPATCH, "2022-01-28 17:30", "rejected"),
        Arrival("330481", DISPATCH, "2022-01-29 08:30"),
        Arrival("330482", DISPATCH, "2022-01-29 12:00"),
        Arrival("330402", DISPATCH, "2022-02-02 10:00"),
        Arrival("330421", DISPATCH, "2022-02-08 17:30"),
        Arrival("330483", DISPATCH, "2022-02-08 17:30"),
        Arrival("330472", DISPATCH, "2022-02-08 17:59"),
        Arrival("330411", DISPATCH, "2022-02-08 20:00"),
    ),
    rungs=(
        *(
            Rung(unit, "dispatch_month", "T-3", "county", DUE_8_FEBRUARY["T-3"])
            for unit in ("330402", "330421", "330472", "330482", "330483")
        ),
        *(
            Rung(unit, "dispatch_month", rung, "county", DUE_8_FEBRUARY[rung])
            for unit in ("330421", "330472", "330483")
            for rung in ("T-1", "T-4h")
        ),
        *climb("330471", DISPATCH, DUE_8_FEBRUARY),
        # rejected on 28 January: against the city's audit deadline of 10 February, T−3 of that is the 7th
        Rung("330411", "dispatch_month", "T-3", "county", "2022-02-07 09:00"),
    ),
    digests=dict.fromkeys(
        (
            "2022-01-29",
            "2022-01-30",
            "2022-02-07",
            "2022-02-08",
            "2022-02-09",
            "2022-02-10",
            "2022-02-11",
            "2022-02-14",
        ),
        (DIAODU,),
    ),
    late_listed={("2022-02-08", DIAODU): 0, ("2022-02-09", DIAODU): 1, ("2022-02-10", DIAODU): 1},
    recovered=frozenset(),
    alerts_from="2022-01",
    rows=(
        "dispatch_month,2022-01,2022-01-20 09:00,2022-02-08 18:00,2022-02-10 18:00,2022-02-14 12:00,2022-02-22 10:00,"
        "2022-02-21 10:00",
    ),
    days_off=(
        "2022-01-31",
        "2022-02-01",
        "2022-02-02",
        "2022-02-03",
        "2022-02-04",
        "2022-02-05",
        "2022-02-06",
        "2022-02-12",
        "2022-02-13",
    ),
    freeze_days=("2022-02-14",),
)


def programme_folder(scenario: Scenario, source: Path, target: Path, channels: Iterable[ChannelSpec]) -> Path:
    """The Jiaxing folder with the scenario's calendar, and contacts who are reached over the given channels."""
    shutil.copytree(source, target)
    calendar = target / "calendar.csv"
    keys = {line.rsplit(",", 6)[0] for line in scenario.rows}
    lines = [line for line in calendar.read_text(encoding="utf-8").splitlines() if line.rsplit(",", 6)[0] not in keys]
    calendar.write_text("\n".join([*lines, *scenario.rows]) + "\n", encoding="utf-8")
    settings = [f'alerts_from = "{scenario.alerts_from}"', 'default = "mail"', 'board_url = ""']
    for spec in channels:
        options = dict(spec.options)
        given: dict[str, object] = {
            "name": spec.name,
            "kind": spec.kind,
            **({"per_minute": spec.per_minute} if spec.per_minute else {}),
            **{k: int(v) if k in ("port", "seconds") else v for k, v in options.items()},
        }
        settings.append("\n[[channels]]")
        settings += [f"{k} = {v}" if isinstance(v, int) else f'{k} = "{v}"' for k, v in given.items()]
    (target / "channels.toml").write_text("\n".join(settings) + "\n", encoding="utf-8")
    _contacts(target / "contacts.csv")
    return target


def _contacts(file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        if row["channel"] == "phone":
            continue
        row["channel"] = OVER.get((row["audience"], row["unit_code"])) or OVER[row["audience"]]  # type: ignore[arg-type]
        if row["channel"] in GROUP:
            row["address"] = "group"
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
