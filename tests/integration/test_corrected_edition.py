"""A late file after publication, in a programme without a freeze: a second edition that says why and lists every cell it changed; the
decision that settles the month; what a reviewer sees, sends back, and has been shown before publication."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from docx import Document
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.errors import Refused, Terminal
from pipelines.flow import dagapi
from pipelines.flow.month.build_site import build_site
from pipelines.flow.month.follow_publication import follow_publication
from pipelines.flow.month.run_month import run_month
from pipelines.flow.portal.edition_view import ranking_view
from pipelines.flow.records.noted_files import RULE_FAILURES, note_files
from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.audit_editions import check_edition_files
from pipelines.model.periods import Period
from pipelines.publish.site import published_edition
from pipelines.settings import REPOSITORY, Settings

MONTH = Period(2023, 6)
COUNTIES = {"01001": ("3000000", "2000000"), "01003": ("1500000", "1500000"), "01005": ("1200000", "1000000")}


@pytest.fixture
def context(tmp_path: Path) -> Context:
    folder = tmp_path / "programme"
    shutil.copytree(REPOSITORY / "tests" / "programmes" / "permits", folder)
    units = (folder / "units.csv").read_text(encoding="utf-8").splitlines()
    (folder / "units.csv").write_text("\n".join(units[:4]) + "\n", encoding="utf-8")
    return open_context(Settings(home=tmp_path / "home", workers=1), str(folder))


def send(folder: Path, county: str, ytd: str, day: int) -> None:
    folder.mkdir(exist_ok=True)
    file = folder / f"{county}-{day}.csv"
    head = "period,unit_code,unit_name,indicator,ytd,ytd_last_year,measure"
    rows = (
        f"2023-06,{county},X,permits_value,{ytd},{COUNTIES[county][1]},USD",
        f"2023-06,{county},X,permits_units,7,7,dwellings",
    )
    file.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    moment = datetime(2023, 7, day, 12, tzinfo=UTC).timestamp()
    os.utime(file, (moment, moment))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def saima(context: Context, *words: str, now: bool = True) -> Any:
    """The JSON of a command on the home, on 25 July."""
    clock = ["--now", "2023-07-25T00:00+00:00"] if now else []
    done = CliRunner().invoke(app, [*words, "--json", "--home", str(context.settings.home), *clock])
    if isinstance(done.exception, Exception):
        raise done.exception
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_three_reviewers_sign_in_their_order_and_one_sends_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "programme"
    shutil.copytree(REPOSITORY / "tests" / "programmes" / "permits", folder)
    lines = (folder / "units.csv").read_text(encoding="utf-8").splitlines()
    (folder / "units.csv").write_text("\n".join(lines[:4]) + "\n", encoding="utf-8")
    method = (folder / "method.toml").read_text(encoding="utf-8")
    signed = re.sub(r"signatures = .*", 'signatures = ["author", "reviewer", "approver"]', method)
    (folder / "method.toml").write_text(signed, encoding="utf-8")
    context = open_context(Settings(home=tmp_path / "home", workers=1), str(folder))
    for county in COUNTIES:
        send(tmp_path / "sent", county, COUNTIES[county][0], 5)
    assert run_month(context, MONTH, datetime(2023, 7, 20, tzinfo=UTC), tmp_path / "sent").state == "draft"
    with pytest.raises(Refused, match="尚未经「编制」签署"):
        saima(context, "sign-off", "2023-06", "--as", "审核员", "--role", "reviewer")
    assert saima(context, "sign-off", "2023-06", "--as", "编制员", "--role", "author")["outstanding"] == [
        "reviewer",
        "approver",
    ]
    with pytest.raises(Terminal, match="须写明意见"):
        saima(context, "sign-off", "2023-06", "--as", "审核员", "--role", "reviewer", "--send-back", "不")
    words = ("--send-back", "阿拉巴马的基数请再核")
    saima(context, "sign-off", "2023-06", "--as", "审核员", "--role", "reviewer", *words)
    (opinion,) = saima(context, "diff", "2023-06")["opinions"]
    assert (opinion["role"], opinion["by"], opinion["opinion"]) == ("reviewer", "审核员", "阿拉巴马的基数请再核")
    with pytest.raises(Refused, match="退回") as no:
        saima(context, "publish", "2023-06")
    assert "saima rank 2023-06" in no.value.remedy
    with pytest.raises(Refused, match="退回"):
        saima(context, "sign-off", "2023-06", "--as", "签发员", "--role", "approver")

    monkeypatch.setenv("SAIMA_HOME", str(context.settings.home))
    now = "2023-07-25T00:00+00:00"
    assert "monthly_ranking" in dagapi.draft("2023-06", now)["sent_back"] and dagapi.sent_back("2023-06-e1")
    clock = ["--home", str(context.settings.home), "--now", now]
    said = CliRunner().invoke(app, ["rank", "2023-06", *clock])
    assert said.exit_code == 0 and "2023-06-e2" in said.stdout, said.output
    assert "2023-06-e1 已被 审核员（审核）退回：阿拉巴马的基数请再核" in said.stderr.replace("\n", "")
    first, second = context.warehouse.editions.all("2023-06")
    assert (first.state, second.state, second.content_hash) == ("superseded", "draft", first.content_hash)
    pages = Path(second.path).parent
    drafted = contents(pages)
    (pages / "index.html").write_text("forged", encoding="utf-8")
    (pages / "more.html").write_text("put in", encoding="utf-8")
    (pages / "notes.txt").unlink()
    assert "saima rank 2023-06" in check_edition_files(context).detail
    assert saima(context, "rank", "2023-06")["edition"] == "2023-06-e2", "it is made once"
    assert contents(pages) == drafted and check_edition_files(context).failed == 0, "its pages are written again"
    assert saima(context, "diff", "2023-06")["opinions"] == [opinion], "the next reviewer reads what the last one said"
    assert "2023-06-e1 已被 审核员" in dagapi.draft("2023-06", now)["summary_md"]
    view = ranking_view(context, MONTH, datetime.fromisoformat(now))
    assert view.sent_back is None and view.reopened is not None and view.reopened.edition_id == "2023-06-e1"
    for role in ("author", "reviewer", "approver"):
        saima(context, "sign-off", "2023-06", "--as", f"{role} 某", "--role", role)
    assert saima(context, "publish", "2023-06")["edition"] == "2023-06-e2"
    assert audit(context, datetime.fromisoformat(now))["ok"]
    context.warehouse.close()


def test_the_second_edition_says_what_changed(context: Context, tmp_path: Path) -> None:
    inbox = tmp_path / "sent"
    for county in ("01001", "01003"):
        send(inbox, county, COUNTIES[county][0], 5)
    first = run_month(context, MONTH, datetime(2023, 7, 20, tzinfo=UTC), inbox, sign_off_as="demo")
    assert (first.state, first.edition) == ("published", "2023-06-e1"), first.reason
    page, before = Path(first.path or "").read_bytes(), contents(Path(first.path or "").parent)
    assert "corrects" not in json.loads((Path(first.path or "").parent / "ranking.json").read_bytes())

    send(inbox, "01003", "4500000", 21)
    send(inbox, "01005", COUNTIES["01005"][0], 21)
    later = datetime(2023, 7, 25, tzinfo=UTC)
    second = run_month(context, MONTH, later, inbox, sign_off_as="demo")
    assert (second.state, second.edition) == ("draft", "2023-06-e2") and "须写明更正原因" in second.reason
    (block,) = saima(context, "close", "2023-06")["blocking"]
    assert block["kind"] == "correction_reason" and "1500000 → 4500000" in block["detail"]
    reviewed = saima(context, "diff", "2023-06", "--as", "赵六")
    assert reviewed["against"] == "2023-06-e1" and reviewed["state"] == "draft" and reviewed["blocking"]
    assert ("01003", "ytd", "1500000", "4500000") in [
        (c["unit"], c["field"], c["before"], c["after"]) for c in reviewed["cells"]
    ]
    assert [a["by"] for a in saima(context, "access", "2023-06", now=False)["accesses"]] == ["赵六"]
    reason = ("--reason", "报送单位漏报六月下旬许可证", "--as", "钱七")
    assert saima(context, "overrule", "2023-06", block["id"], *reason)["open"] == 0
    again = run_month(context, MONTH, later, inbox, sign_off_as="demo")
    assert again.state == "published", again.reason
    folder = Path(again.path or "").parent
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert (manifest["revision"], manifest["corrects"], manifest["figures"]) == (1, "2023-06-e1", "provisional")
    assert manifest["code_version"] and manifest["disclosure"]["min_contributors"] == 3
    assert "max_share" not in manifest["disclosure"], "whoever knows the share can bound what it hides"
    document = json.loads((folder / "ranking.json").read_bytes())
    assert document["corrects"] == "2023-06-e1"
    changed = {(c["unit"], c["field"]): (c["before"], c["after"]) for c in document["changes"]}
    assert changed["01003", "ytd"] == ("1500000", "4500000") and changed["01003", "rank"] == (2, 1)
    assert changed["01001", "rank"] == (1, 2) and ("01001", "ytd") not in changed
    assert changed["01005", "state"] == ("missing", "scored")
    for name in ("index.html", "notes.txt"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "2023-06-e1" in text and "1500000 → 4500000" in text, name
        assert "更正原因：报送单位漏报六月下旬许可证（钱七" in text
    assert contents(Path(first.path or "").parent) == before, "nothing published ever changes"
    assert Path(first.path or "").read_bytes() == page
    assert len(saima(context, "diff", "2023-06", "--against", "2023-06-e1")["cells"]) == len(document["changes"])
    with pytest.raises(Refused, match="没有版次"):
        saima(context, "diff", "2023-06", "--against", "2023-06-e9")

    told = saima(context, "bulletin", "2023-06")
    assert told["paragraph_zh"].endswith("（初步数）") and told["paragraph_zh"].startswith("【")
    word = Document(told["path"])
    assert "初步数：以后期核定为准" in [p.text for p in word.paragraphs[:4]]
    settled = saima(context, "finalise", "2023-06", "--reason", "年度定案，数据不再变动", "--as", "钱七")
    assert settled["figures"] == "final" and saima(context, "diff", "2023-06")["cells"] == []
    third = run_month(context, MONTH, later, inbox, sign_off_as="demo")
    assert third.state == "published", third.reason
    folder = Path(third.path or "").parent
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert (manifest["revision"], manifest["figures"]) == (2, "final")
    notes = (folder / "notes.txt").read_text(encoding="utf-8")
    assert "正式数" in notes and "定案依据：年度定案，数据不再变动" in notes and "初步数" not in notes
    assert run_month(context, MONTH, later, inbox, sign_off_as="demo").edition == third.edition
    context.warehouse.close()


def test_the_site_follows_each_publication_and_never_undoes_one(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, site = tmp_path / "sent", context.settings.site
    for county in ("01001", "01003"):
        send(inbox, county, COUNTIES[county][0], 5)
    first = datetime(2023, 7, 20, tzinfo=UTC)
    assert run_month(context, MONTH, first, inbox, sign_off_as="demo").state == "published"
    send(inbox, "01003", "4500000", 21)
    second = datetime(2023, 7, 25, tzinfo=UTC)
    run_month(context, MONTH, second, inbox, sign_off_as="demo")
    (block,) = saima(context, "close", "2023-06")["blocking"]
    saima(context, "overrule", "2023-06", block["id"], "--reason", "报送单位漏报六月下旬许可证", "--as", "钱七")
    run = run_month(context, MONTH, second, inbox, sign_off_as="demo")
    assert run.state == "published"

    assert build_site(context, first - timedelta(minutes=1)).editions == 0
    assert "尚未发布" in (site / "index.html").read_text(encoding="utf-8")
    assert build_site(context, first).editions == 1
    assert not (site / "2023-06" / "r1").exists()
    before = (site / "2023-06" / "r0" / "files" / "ranking.json").read_bytes()
    hashed: list[int] = []
    monkeypatch.setattr(published_edition, "sha256", lambda read: hashed.append(len(read)) or sha256(read))
    assert follow_publication(context, MONTH, second) == [] and len(hashed) == 2, "files of earlier editions, twice"
    assert (site / "2023-06" / "r1" / "index.html").is_file()
    assert (site / "2023-06" / "r0" / "files" / "ranking.json").read_bytes() == before
    failures = Path(run.path or "").parents[1] / "rule_failures.json"
    recorded = json.loads(failures.read_bytes())
    assert recorded["edition"] == run.edition and any(rule["rows"] for rule in recorded["rules"])
    failures.write_text(json.dumps({**recorded, "rules": [{"rule": "Z99", "rows": 10, "failed": 5}]}), encoding="utf-8")
    build_site(context, second)
    assert "Z99" not in (site / "quality" / "index.html").read_text(encoding="utf-8"), "another than was noted"
    failures.write_text(json.dumps({**recorded, "rules": [{"rule": "Z99", "rows": 10, "failed": 5}]}), encoding="utf-8")
    note_files(context, RULE_FAILURES, run.edition, {failures.name: sha256(failures.read_bytes()).hexdigest()}, second)
    build_site(context, second)
    assert "Z99" in (site / "quality" / "index.html").read_text(encoding="utf-8"), "what was recorded stays"
    assert build_site(context, second).written == 0
    feed = ElementTree.parse(site / "feed.atom").getroot()
    atom = {"a": "http://www.w3.org/2005/Atom"}
    links = [link.get("href") for link in feed.findall("a:entry/a:link", atom)]
    assert links == ["2023-06/r1/", "2023-06/r0/"] and not (site / "calendar" / "calendar.ics").exists()
    assert "更正 r1" in (feed.findtext("a:entry/a:title", "", atom))

    said = CliRunner().invoke(
        app, ["site", "build", "--json", "--home", str(context.settings.home), "--now", second.isoformat()]
    )
    assert said.exit_code == 0, said.output
    document = json.loads(said.stdout)
    assert (document["folder"], document["editions"], document["written"]) == (str(site), 2, 0)

    changed = Path(run.path or "").parent / "notes.txt"
    kept = changed.read_bytes()
    changed.write_text("x", encoding="utf-8")
    told = follow_publication(context, MONTH, second)
    assert all("notes.txt" in one for one in told) and "saima publish 2023-06" in told[1]
    edition = context.warehouse.editions.newest(str(MONTH))
    assert edition is not None and edition.state == "published"
    changed.write_bytes(kept)
    lost = context.settings.editions / "2023-06" / "2023-06-e1" / "published"
    lost.rename(site.parent / "lost")
    said = CliRunner().invoke(
        app, ["publish", "2023-06", "--json", "--home", str(context.settings.home), "--now", second.isoformat()]
    )
    document = json.loads(said.stdout)
    assert (said.exit_code, document["state"], document["edition"]) == (1, "published", run.edition), (
        "it was 0, and silent"
    )
    assert all("2023-06-e1" in one for one in document["failures"]) and len(document["failures"]) == 2
    assert (site / "2023-06" / "r0" / "index.html").is_file(), "its pages left the site"
    (site.parent / "lost").rename(lost)
    (context.settings.editions / "2023-06" / "2023-06-e9").mkdir()
    shutil.copytree(changed.parent, context.settings.editions / "2023-06" / "2023-06-e9" / "published")
    assert build_site(context, second).editions == 2, "what the ledger does not know is not published"
    calendar = context.programme.calendar
    moved = replace(calendar, rows=tuple(replace(r, publish=second + timedelta(days=9)) for r in calendar.rows))
    corrected = Context(context.settings, replace(context.programme, calendar=moved))
    assert build_site(corrected, second).editions == 2, (
        "what is public stays, though the month is open for a correction"
    )
    corrected.warehouse.close()
    context.warehouse.close()


def test_there_is_nothing_to_preview_before_a_site_was_built(context: Context) -> None:
    _ = context.warehouse
    asked = CliRunner().invoke(app, ["serve", "--home", str(context.settings.home), "--port", "0"])
    assert isinstance(asked.exception, Refused) and "saima site build" in asked.exception.remedy
    context.warehouse.close()


def test_an_internal_ranking_has_no_site(context: Context) -> None:
    kept = replace(context.programme, method=replace(context.programme.method, public_ranking=False))
    internal = Context(context.settings, kept)
    with pytest.raises(Refused, match="internal"):
        build_site(internal, datetime(2023, 7, 20, tzinfo=UTC))
    assert follow_publication(internal, MONTH, datetime(2023, 7, 20, tzinfo=UTC)) == []
    assert not context.settings.site.exists()
