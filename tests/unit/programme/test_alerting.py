"""channels.toml and contacts.csv: who is told, by which way; whatever would leave someone out or leak a secret is refused."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import time as clock_time
from pathlib import Path

import pytest

from pipelines.errors import ConfigError, ConfigErrors
from pipelines.model.periods import Period
from pipelines.model.programme import AlertSettings, Programme

Load = Callable[[Path], Programme]

CHANNELS = """alerts_from = "2022-02"
default = "mail"
[[channels]]
name = "mail"
kind = "smtp"
host = "smtp.example.invalid"
from_address = "saima@example.invalid"
[[channels]]
name = "ding-city"
kind = "dingtalk"
[[channels]]
name = "hook"
kind = "webhook"
url = "https://oa.example.invalid/saima"
per_minute = 7
"""


def refused(folder: Path, load: Load) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        load(folder)
    assert any("\u4e00" <= character <= "\u9fff" for character in raised.value.zh)
    return raised.value


def test_jiaxing_writes_to_a_file_and_reaches_everyone(jiaxing: Programme) -> None:
    assert [(c.name, c.kind, c.options) for c in jiaxing.channels] == [
        ("outbox", "file", {"path": "alerts/outbox.jsonl"})
    ]
    assert jiaxing.alerting.alerts_from == Period(2022, 2)
    for unit in jiaxing.roster.units:
        forms = ["city_month"] if unit.kind == "bureau" else ["project_month", "unit_month", "dispatch_month"]
        for form in forms:
            for audience in ("county", "leader", "bureau", "engineer"):
                assert len(jiaxing.contacts_for(unit.code, form, audience)) == 1, (unit.code, form, audience)
    assert jiaxing.contacts_for("330402", "city_month", "county") == ()
    assert {c.unit_code for c in jiaxing.phones} == {u.code for u in jiaxing.roster.units}
    assert {c.channel for c in jiaxing.contacts} == {"outbox"}


def test_the_examples_in_the_comments_work(folder: Path, loaded: Load) -> None:
    path = folder / "channels.toml"
    text = re.sub(r"^# (\[\[channels\]\]|[a-z_]+ = )", r"\1", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    programme = loaded(folder)
    assert [(c.name, c.kind) for c in programme.channels] == [
        ("outbox", "file"),
        ("mail", "smtp"),
        ("ding", "dingtalk"),
        ("hook", "webhook"),
    ]
    assert programme.channels[1].options["ca_file"] == "ca.pem"


def test_ten_thousand_contacts_load_at_once(folder: Path, loaded: Load) -> None:
    units, contacts = folder / "units.csv", folder / "contacts.csv"
    codes = [f"{number:06d}" for number in range(500_000, 502_500)]
    with units.open("a", encoding="utf-8") as file:
        file.writelines(f"{code},第{code}县,,,county,,,,true\n" for code in codes)
    with contacts.open("a", encoding="utf-8") as file:
        for code in codes:
            file.writelines(
                f"{code},{form},county,岗,,{form}-{code}@example.invalid\n"
                for form in ("project_month", "unit_month", "dispatch_month", "*")
            )
    started = time.thread_time()
    programme = loaded(folder)
    assert time.thread_time() - started < 8, "a country's contacts"
    assert len(programme.contacts) > 10_000
    assert len(programme.contacts_for(codes[-1], "unit_month", "county")) == 2


def test_an_address_is_told_once_however_often_it_stands(folder: Path, loaded: Load) -> None:
    with (folder / "contacts.csv").open("a", encoding="utf-8") as file:
        file.write("*,unit_month,county,汇总岗,,tongji-330402@example.invalid\n")
    found = loaded(folder).contacts_for("330402", "unit_month", "county")
    assert [c.address for c in found] == ["tongji-330402@example.invalid"]


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ("21:00", "08:00", ["21:00", "23:59", "00:00", "07:59"], ["08:00", "12:00", "20:59"]),
        ("12:00", "14:00", ["12:00", "13:59"], ["11:59", "14:00"]),
        ("00:00", "00:00", [], ["00:00", "12:00"]),
    ],
)
def test_quiet_hours(start: str, end: str, inside: list[str], outside: list[str]) -> None:
    at = clock_time.fromisoformat
    settings = AlertSettings(quiet_from=at(start), quiet_until=at(end))
    assert [c for c in inside if not settings.quiet(at(c))] == []
    assert [c for c in outside if settings.quiet(at(c))] == []


def test_every_kind_with_its_settings(folder: Path, loaded: Load) -> None:
    (folder / "channels.toml").write_text(CHANNELS, encoding="utf-8")
    contacts = (folder / "contacts.csv").read_text(encoding="utf-8").rstrip("\n")
    (folder / "contacts.csv").write_text(contacts + "\n*,*,bureau,值班,ding-city,13900000000\n", encoding="utf-8")
    programme = loaded(folder)
    mail, ding, hook = programme.channels
    assert mail.options == {"host": "smtp.example.invalid", "from_address": "saima@example.invalid"}
    assert (mail.per_minute, ding.per_minute, hook.per_minute) == (None, 18, 7), (
        "robots: a little less than the vendor allows"
    )
    assert programme.contacts[-1].channel == "ding-city"
    assert programme.contacts[0].channel == "mail"
    assert (programme.alerting.digest_at, programme.alerting.max_attempts) == (clock_time(9), 24)


CHANNEL_CASES = [
    # old, new, what the message says, an allowed value, on the line that holds this
    ('default = "mail"', 'default = "post"', "no channel 'post'", "ding-city", "default"),
    ('default = "mail"', 'default = "mail"\ndigest_at = "22:00"', "lies in the quiet hours", "", "digest_at"),
    ('default = "mail"', 'default = "mail"\nquiet_from = "9pm"', "write HH:MM", "", "quiet_from"),
    ('default = "mail"', 'default = "mail"\nmax_attempts = 0', "max_attempts", "", "max_attempts"),
    ('default = "mail"', 'default = "mail"\nmax_tries = 3', "unknown key: max_tries", "max_attempts", "max_tries"),
    ('default = "mail"', 'default = "mail"\nboard_url = "ftp://x"', "board_url", "https://", "board_url"),
    ('default = "mail"', 'default = "mail"\nboard_url = "https://b.invalid/?t=1"', "board_url", "", "board_url"),
    ('kind = "smtp"', 'kind = "fax"', "'fax' is not allowed", "feishu", "fax"),
    ('kind = "smtp"', 'kind = "smtp"\nport = 70000', "port", "", "port"),
    ('kind = "smtp"', 'kind = "smtp"\npath = "x"', "not a setting of smtp", "from_address", "path"),
    ('kind = "smtp"', 'kind = "smtp"\nsecurity = "none"', "'none' is not allowed", "starttls", "security"),
    ('host = "smtp.example.invalid"\n', "", "host: missing, smtp needs it", "port", '"smtp"'),
    ('"saima@example.invalid"', '"saima"', "not a mailbox", "", "from_address"),
    ('"saima@example.invalid"', '"a@b.invalid\\nBcc: c@d.invalid"', "not a mailbox", "", "from_address"),
    ('name = "hook"', 'name = "mail"', "given twice", "", 'name = "mail"'),
    ('name = "hook"', 'name = "phone"', "reserved", "", 'name = "phone"'),
    ("https://oa", "http://oa", "must be an https address", "https://", "url"),
    ('kind = "smtp"', 'kind = "smtp"\npassword = "x"', "SAIMA_CONN_MAIL", "", "password"),
    ('kind = "dingtalk"', 'kind = "dingtalk"\naccess_token = "abc"', "SAIMA_CONN_DING_CITY", "", "access_token"),
    (
        'kind = "dingtalk"',
        'kind = "dingtalk"\nurl = "https://oapi.dingtalk.com/robot/send"',
        "is its secret",
        "",
        "url",
    ),
    ("invalid/saima", "invalid/saima?key=abc", "SAIMA_CONN_HOOK", "", "url"),
    ("https://oa", "https://me:pw@oa", "SAIMA_CONN_HOOK", "", "url"),
    ("oa.example.invalid/saima", "open.feishu.cn/open-apis/bot/v2/hook/0a1b", "SAIMA_CONN_HOOK", "", "url"),
]


@pytest.mark.parametrize(("old", "new", "says", "allowed", "holds"), CHANNEL_CASES, ids=lambda value: str(value)[:40])
def test_a_bad_setting_is_refused_on_its_line(
    folder: Path, loaded: Load, old: str, new: str, says: str, allowed: str, holds: str
) -> None:
    path = folder / "channels.toml"
    assert CHANNELS.count(old) == 1
    text = CHANNELS.replace(old, new)
    path.write_text(text, encoding="utf-8")
    error = refused(folder, loaded)
    assert Path(error.file) == path
    assert says in error.en
    assert "SAIMA_CONN" not in says or says in error.zh
    assert not allowed or allowed in error.allowed
    assert error.line is not None
    near = text.splitlines()[error.line - 1 : error.line + 2]
    assert any(holds in line for line in near), (error.line, near)
    for secret in ("abc", "me:pw", "0a1b"):
        assert secret not in str(error), "what is refused as a secret is not repeated"


def test_a_path_stays_in_the_home(folder: Path, loaded: Load) -> None:
    path = folder / "channels.toml"
    text = path.read_text(encoding="utf-8")
    for outside in ("/tmp/out.jsonl", "../out.jsonl"):
        path.write_text(text.replace('path = "alerts/outbox.jsonl"', f'path = "{outside}"'), encoding="utf-8")
        assert "inside SAIMA_HOME" in refused(folder, loaded).en


CONTACT_CASES = [
    ("330402,*,leader", "330499,*,leader", "unknown unit_code: 330499", "330402"),
    ("330402,*,leader", "330402,*,mayor", "'mayor' is not allowed", "leader"),
    ("330402,*,leader,分管领导办公室,,", "330402,*,leader,分管领导办公室,pigeon,", "no channel 'pigeon'", "phone"),
    ("0573-0000-0402", "tongji@example.invalid", "is not a telephone number", ""),
]


@pytest.mark.parametrize(("old", "new", "says", "allowed"), CONTACT_CASES)
def test_a_bad_contact_is_refused_on_its_line(
    folder: Path, loaded: Load, old: str, new: str, says: str, allowed: str
) -> None:
    path = folder / "contacts.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    error = refused(folder, loaded)
    assert says in error.en
    assert error.line == text[: text.index(old)].count("\n") + 1
    assert not allowed or allowed in error.allowed


@pytest.mark.parametrize(
    ("channel", "address", "says"),
    [
        ("mail", "nobody", "is not a mailbox"),
        ("mail", "a@b.invalid,c@d.invalid", "cells expected"),
        ("mail", '"a@b.invalid\nBcc: c@d.invalid"', "is not a mailbox"),
        ("ding-city", "0573-1234", "a mobile number to mention"),
        ("hook", "two words", "without spaces"),
    ],
)
def test_an_address_fits_its_channel(folder: Path, loaded: Load, channel: str, address: str, says: str) -> None:
    (folder / "channels.toml").write_text(CHANNELS, encoding="utf-8")
    path = folder / "contacts.csv"
    path.write_text(path.read_text(encoding="utf-8") + f"*,*,bureau,岗,{channel},{address}\n", encoding="utf-8")
    assert says in refused(folder, loaded).en


def test_a_unit_that_nobody_could_remind_is_named(folder: Path, loaded: Load) -> None:
    path = folder / "contacts.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        "".join(line for line in text.splitlines(keepends=True) if not line.startswith("330483,dispatch_month")),
        encoding="utf-8",
    )
    assert [c.address for c in loaded(folder).phones if c.unit_code == "330483"], "the telephone still reaches it"
    path.write_text(
        "".join(
            line
            for line in text.splitlines(keepends=True)
            if not line.startswith(("330483,dispatch_month", "330483,*"))
        ),
        encoding="utf-8",
    )
    error = refused(folder, loaded)
    assert Path(error.file) == path
    assert isinstance(error, ConfigErrors)
    unreached = [f"no county contact of 330483 for {form}: nobody" for form in ("approval_list", "dispatch_month")]
    assert [any(line in each.en for each in error.errors) for line in unreached] == [True, True]


def test_a_contact_given_twice_would_be_told_twice(folder: Path, loaded: Load) -> None:
    path = folder / "contacts.csv"
    text = path.read_text(encoding="utf-8")
    line = text.splitlines()[1]
    path.write_text(text + line + "\n", encoding="utf-8")
    error = refused(folder, loaded)
    assert "given twice (already in line 2)" in error.en
    assert error.line == text.count("\n") + 1
