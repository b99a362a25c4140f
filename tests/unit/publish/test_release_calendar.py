"""The release calendar: twelve months ahead, opened by icalendar; a moved hour is announced with its reason or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.errors import Refused
from pipelines.flow.month.announce_releases import announce, announced, calendar_files, release_calendar
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.rebuild import rebuild
from pipelines.model.calendar import ReportingCalendar
from pipelines.publish.atom_feed import atom_feed
from pipelines.publish.edition_context import BilingualText
from pipelines.publish.site.published_edition import PublishedEdition
from pipelines.settings import Settings

from .small_editions import HOSTILE, JUNE

NOW = datetime(2022, 1, 31, 4, tzinfo=UTC)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return open_context(Settings(home=tmp_path / "home", workers=1), "jiaxing")


def later(context: Context, period: str, by: timedelta | None) -> Context:
    """The programme with another hour of a period's release; None: without one."""
    calendar, form = context.programme.calendar, context.programme.lead_form
    rows = tuple(
        (replace(r, publish=r.publish + by) if by else replace(r, publish=None, official_release=None))
        if r.form == form and str(r.period) == period and r.publish
        else r
        for r in calendar.rows
    )
    changed = ReportingCalendar(rows, calendar.workdays, calendar.time_zone)
    return replace(context, programme=replace(context.programme, calendar=changed))


def test_twelve_months_ahead_with_weekday_hours_and_states(context: Context) -> None:
    found = release_calendar(context, NOW)
    ahead = [one for one in found.releases if one.at > NOW]
    assert len(ahead) == 11 and {one.state for one in ahead} == {"announced"}
    assert found.complete_until == "2022-12" and found.months_ahead == 12
    assert all(one.state == "due" and one.edition is None for one in found.releases if one.at <= NOW)
    assert [one.at for one in found.releases] == sorted(one.at for one in found.releases)
    june = next(one for one in found.releases if one.period == "2022-06")
    assert june.at == datetime(2022, 7, 25, 2, tzinfo=UTC), "10:00 in Shanghai"


def test_a_moved_hour_needs_its_reason_and_stays_in_the_calendar(context: Context) -> None:
    assert announced(context) is None and calendar_files(context) == {}
    announce(context, NOW, "")
    first = calendar_files(context)
    announce(context, NOW, "")
    assert calendar_files(context) == first
    moved = later(context, "2022-06", timedelta(days=2))
    with pytest.raises(Refused, match="须写明原因"):
        announce(moved, NOW, "")
    found = announce(moved, NOW + timedelta(days=1), "上级数据推迟核定")
    (change,) = found.changes
    assert (change.period, change.reason) == ("2022-06", "上级数据推迟核定")
    assert change.after is not None and change.after - change.before == timedelta(days=2)
    files = calendar_files(moved)
    assert json.loads(files["calendar.json"])["changes"][0]["period"] == "2022-06"
    events = {str(e["uid"]): e for e in icalendar.Calendar.from_ical(files["calendar.ics"]).walk("VEVENT")}
    event = events["jiaxing-2022-06@saima"]
    assert event.decoded("dtstart") == datetime(2022, 7, 27, 2, tzinfo=UTC) and int(event["sequence"]) == 1
    assert "上级数据推迟核定" in str(event["description"]) and int(events["jiaxing-2022-05@saima"]["sequence"]) == 0
    assert [e.action for e in context.warehouse.audit_entries()].count("release_calendar") == 2
    gone = announce(later(moved, "2022-07", None), NOW + timedelta(days=2), "本期不再发布")
    assert gone.changes[-1].after is None
    book = icalendar.Calendar.from_ical(calendar_files(moved)["calendar.ics"])
    assert [str(e["status"]) for e in book.walk("VEVENT") if "status" in e] == ["CANCELLED"]
    with pytest.raises(Refused, match="须写明原因"):
        announce(moved, NOW + timedelta(days=3), "")
    again = announce(moved, NOW + timedelta(days=3), "本期恢复发布")
    assert [(c.period, c.after is None) for c in again.changes][-2:] == [("2022-07", True), ("2022-07", False)]
    events = {
        str(e["uid"]): e for e in icalendar.Calendar.from_ical(calendar_files(moved)["calendar.ics"]).walk("VEVENT")
    }
    july = events["jiaxing-2022-07@saima"]
    assert int(july["sequence"]) == 2 and "status" not in july, "a diary that cancelled it takes it back"
    assert july.decoded("last-modified") == july.decoded("dtstamp") == NOW + timedelta(days=3)
    assert july.decoded("created") == NOW + timedelta(days=3)
    june = events["jiaxing-2022-06@saima"]
    assert (june.decoded("created"), june.decoded("last-modified")) == (NOW, NOW + timedelta(days=1))
    may = events["jiaxing-2022-05@saima"]
    assert may.decoded("last-modified") == may.decoded("created") == NOW and int(may["sequence"]) == 0


def test_what_was_announced_stands_in_the_audit_log_and_is_taken_along_by_a_rebuild(context: Context) -> None:
    """Older versions kept it in a file of the home, which anybody could change."""
    older = announce(context, NOW, "")
    file = context.settings.home / "release_calendar.json"
    forged = older.model_copy(update={"releases": older.releases[1:]})
    file.write_text(forged.model_dump_json(), "utf-8")
    assert announced(context) == older
    rebuild(context, NOW)
    again = open_context(context.settings)
    assert announced(again) == older and announce(again, NOW, "") == older
    again.warehouse.close()


def test_a_calendar_that_an_older_version_announced_is_taken_into_the_log(context: Context) -> None:
    first = announce(context, NOW, "")
    other = open_context(Settings(home=context.settings.home.with_name("older"), workers=1), "jiaxing")
    file = other.settings.home / "release_calendar.json"
    file.write_text(first.model_dump_json(indent=2) + "\n", "utf-8")
    assert announced(other) == first and announce(other, NOW, "") == first and not file.exists()
    assert announced(other) == first
    other.warehouse.close()


def test_the_command_prints_and_announces(context: Context) -> None:
    home = ["--home", str(context.settings.home), "--now", "2022-01-31T12:00"]
    shown = CliRunner().invoke(app, ["calendar", *home])
    assert shown.exit_code == 0 and "2022-06" in shown.stdout and announced(context) is None
    done = CliRunner().invoke(app, ["calendar", "--announce", "--json", *home])
    assert done.exit_code == 0 and json.loads(done.stdout)["complete_until"] == "2022-12"
    assert announced(context) is not None


def test_feed_carries_hostile_titles_as_text() -> None:
    document: Any = {
        "edition": "2022-06-e1",
        "published_at": "2022-07-25T02:00:00+00:00",
        "units": [],
        "basis": "score",
        "state": "published",
        "simulated": True,
        "demonstration": False,
        "figures": "provisional",
    }
    texts = tuple(BilingualText(name, "\x07") for name in HOSTILE)
    newest = PublishedEdition(Path(), JUNE, document, {}, "", texts[1], texts, 1)
    feed = atom_feed([newest], "small", texts[3], "https://x.invalid/race/")
    root = ElementTree.fromstring(feed)
    atom = {"a": "http://www.w3.org/2005/Atom"}
    assert root.findtext("a:title", "", atom).startswith(HOSTILE[3]) and b"<script" not in feed and b"<img" not in feed
    link = root.find("a:entry/a:link", atom)
    assert link is not None and link.get("href") == "https://x.invalid/race/2022-06/r1/"
    assert b"1970" in atom_feed([], "small", texts[0], "")
