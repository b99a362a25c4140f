"""Whatever is wrong in a programme folder is refused with file, line and, where there are few, the allowed values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.model.programme import Programme

Load = Callable[[Path], Programme]


def refused(folder: Path, load: Load) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        load(folder)
    error = raised.value
    assert any("\u4e00" <= character <= "\u9fff" for character in error.zh), "says it in Chinese"
    return error


def edit(path: Path, old: str, new: str) -> int:
    """Replaces the one occurrence of `old`; returns the line it stood on."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


CASES: list[tuple[str, str, str, str, str]] = [
    # file, old text, new text, what the message says, an allowed value it lists
    ("programme.toml", "simulated = true", "simulated = true\nsimulation = 1", "unknown key: simulation", "simulated"),
    ("programme.toml", "simulated = true", 'simulated = "perhaps"', "simulated", "true"),
    ("programme.toml", '"Asia/Shanghai"', '"Asia/Jiaxing"', "unknown time zone", ""),
    ("programme.toml", 'workdays = "china"', 'workdays = "mars"', "'mars' is not allowed", "weekdays"),
    ("programme.toml", 'name = "jiaxing"', 'name = "嘉兴"', "name", ""),
    ("programme.toml", "simulated = true", "simulated = yes", "not valid TOML", ""),
    ("programme.toml", '"Jiaxing"', '"Jia\\u202exing"', "city_en holds the invisible control character U+202E", ""),
    ("units.csv", "330411,秀洲区,", "330411,秀\x00洲区,", "name holds the invisible control character U+0000", ""),
    ("units.csv", "330421,嘉善县,嘉善,", "330411,嘉善县,嘉善,", "given twice (already in line 3)", ""),
    ("units.csv", "海盐县,海盐,", "海盐县,海宁,", "also names the unit in line", ""),
    ("units.csv", "330483000000,county", "330483000000,country", "'country' is not allowed", "county"),
    ("units.csv", "code,name,aliases", "code,name,nickname", "unknown column: nickname", "aliases"),
    ("units.csv", "code,name,aliases", "code,aliases,aliases", "column given twice", ""),
    ("units.csv", "330411,秀洲区,", "330411,,", "name is missing", ""),
    ("units.csv", "330411,秀洲区,", "330411,秀洲区,,", "9 cells expected, 10 found", ""),
    ("units.csv", "330483000000,county,330400,,", "330483000000,county,330400,2022-13,", "not a period", ""),
    (
        "units.csv",
        "330483000000,county,330400,,",
        "330483000000,county,330400,2022-05,2022-04",
        "valid_to is before",
        "",
    ),
    ("units.csv", "330472,港区,", "33 0472,港区,", "code", ""),
    ("unit_tiles.csv", "330402,2,1", "330499,2,1", "unknown code: 330499", "330411"),
    ("unit_tiles.csv", "330402,2,1", "330402,1,1", "is taken (330411)", ""),
    ("unit_tiles.csv", "330402,2,1", "330411,2,1", "is taken (330411)", ""),
    ("unit_tiles.csv", "330402,2,1", "330402,0,1", "greater than or equal to 1", ""),
    ("unit_members.csv", "330411,330411003,", "330412,330411003,", "unknown unit_code: 330412", "330411"),
    ("unit_members.csv", "330402,330402014,长水街道", "330402,330402012,城南街道", "taken out of the unit in line", ""),
    ("unit_members.csv", "嘉兴发电厂,enterprise,1", "嘉兴发电厂,enterprise,2", "'2' is not allowed", "-1"),
    (
        "unit_members.csv",
        "330482,330482101,乍浦镇,township,-1",
        "330482,330482101,乍浦镇,township,1",
        "taken into a unit in line",
        "",
    ),
    (
        "calendar.csv",
        "unit_month,2022-06,2022-07-01 09:00,2022-07-11",
        "unit_month,2022-06,2022-07-05 09:00,2022-07-11",
        "county_due is 4 working days after open, at least 5",
        "",
    ),
    (
        "calendar.csv",
        "unit_month,2022-06,2022-07-01 09:00,2022-07-11 18:00,2022-07-14",
        "unit_month,2022-06,2022-07-01 09:00,2022-07-11 18:00,2022-07-12",
        "city_audit_due is 1 working days after county_due, at least 2",
        "",
    ),
    (
        "calendar.csv",
        "unit_month,2022-06,2022-07-01 09:00,2022-07-11 18:00,2022-07-14 18:00,2022-07-18",
        "unit_month,2022-06,2022-07-01 09:00,2022-07-11 18:00,2022-07-14 18:00,2022-07-14",
        "freeze is 0 working days after city_audit_due, at least 1",
        "",
    ),
    (
        "calendar.csv",
        "city_month,2022-06,2022-07-01 09:00,2022-07-14 18:00,,2022-07-18 12:00,2022-07-25",
        "city_month,2022-06,2022-07-01 09:00,2022-07-14 18:00,,2022-07-18 12:00,2022-07-19",
        "before official_release",
        "",
    ),
    (
        "calendar.csv",
        "city_month,2022-06,2022-07-01 09:00",
        "town_month,2022-06,2022-07-01 09:00",
        "unknown form: town_month",
        "city_month",
    ),
    ("calendar.csv", "unit_month,2022-06,2022-07-01 09:00", "unit_month,2022-05,2022-07-01 09:00", "given twice", ""),
    ("calendar.csv", "unit_month,2022-06,2022-07-01 09:00", "unit_month,2022-06,2022-07-01 9:00", "is not a time", ""),
    ("calendar.csv", "unit_month,2022-06,2022-07-01 09:00", "unit_month,2022-06,2022-02-30 09:00", "is not a time", ""),
    (
        "calendar.csv",
        "unit_month,2022-06,2022-07-01 09:00",
        "unit_month,2022-06,2021-07-01 09:00",
        "before the period",
        "",
    ),
    (
        "forms/unit_month.toml",
        'scope = "管理"',
        'scope = "管理"\narea = "city"',
        "unknown key: required_rows.0.area",
        "areas",
    ),
    (
        "forms/unit_month.toml",
        'indicator = "manufacturing_investment"',
        'indicator = "profits"',
        "no such indicator",
        "",
    ),
    ("forms/unit_month.toml", 'scope = "管理"', 'scope = "管理"\nareas = "city"', "no column area_code", ""),
    (
        "forms/unit_month.toml",
        'fields = ["ytd_last_year"]',
        'fields = ["ytd_lastyear"]',
        "not a column",
        "ytd_last_year",
    ),
    ("forms/unit_month.toml", 'fields = ["ytd_last_year"]', 'fields = ["ytd"]', "has non_empty = true already", ""),
    (
        "forms/unit_month.toml",
        'fields = ["ytd_last_year"]',
        'fields = ["ytd_last_year"]\nany_of = ["growth"]',
        "give either fields or any_of",
        "",
    ),
    (
        "forms/unit_month.toml",
        'where = { indicator = ["manufacturing_investment", ',
        'where = { indicator = ["profits", ',
        "no such",
        "",
    ),
    (
        "forms/unit_month.toml",
        'fields = ["ytd_last_year"]',
        'fields = ["growth"]\nunless_flagged = ["x"]',
        "needs the column",
        "",
    ),
    ("forms/project_month.toml", 'positive = "ytd"', 'positive = "status"', "not an amount of the form", "ytd"),
    (
        "forms/project_month.toml",
        'field = "reg_type"',
        'field = "reg_type"\nmarks = ["below_unit"]',
        "does nothing without non_empty",
        "",
    ),
    (
        "forms/dispatch_month.toml",
        'field = "annual_plan"',
        'field = "annual_plan"\nmarks = ["dash"]',
        "'dash' is not allowed",
        "not_applicable",
    ),
    ("seasonal.csv", "6,0.58", "6,0.40", "cumulative share falls", ""),
    ("seasonal.csv", "6,0.58", "5,0.58", "repeated or out of order", ""),
    ("seasonal.csv", "6,0.58", "6,58", "share", ""),
    ("seasonal.csv", "12,1", "12,0.99", "December", ""),
    ("targets.csv", "330471,>=,480000", "330473,>=,480000", "unknown scope: 330473", "330472"),
    ("targets.csv", "ytd,330400,>=,9000000", "year_total,330400,>=,9000000", "'year_total' is not allowed", "ytd"),
    ("targets.csv", "330471,>=,480000", "330471,=>,480000", "'=>' is not allowed", ">="),
    ("targets.csv", "330471,>=,480000", "330471,>=,48万", "value", ""),
    ("targets.csv", "9000000,2022-12", "9000000,2022-31", "is not a window", "2022-06..2022-09"),
    ("targets.csv", "total_investment", "total_invesment", "unknown comparator", "total_investment"),
    ("targets.csv", "省重大548", "", "needs the list", ""),
    ("targets.csv", "330471,>=,480000", "330472,>=,480000", "target given twice", ""),
    ("targets.csv", "1780000,2022-09,2022-01", "1780000,2022-09,2022-10", "after the window", ""),
    (
        "contacts.csv",
        "330400,city_month,county,市局投资统计岗,,",
        "330400,month_city,county,市局投资统计岗,,",
        "unknown form: month_city",
        "city_month",
    ),
    ("channels.toml", '"2022-02"', '"February"', "not a period", ""),
    ("sources.toml", 'kind = "folder"', 'kind = "fax"', "'fax' is not allowed", "folder"),
    (
        "sources.toml",
        'location = "inbox"',
        'location = "inbox"\npassword = "x"',
        "unknown key: sources.0.password",
        "location",
    ),
    ("method.toml", 'weight = "30"', 'weight = "31"', "the weights sum to 101", ""),
    ("method.toml", '["statistics", "dispatch"]', '["author"]', "nobody reviews", "reviewer"),
    ("publication.toml", "editor =", "editors =", "unknown key: editors", "co_authors"),
    ("publication.toml", '"0573-00000000"', '"call us"', "is not a telephone number", "12340"),
    ("publication.toml", '"tongji@jiaxing.example"', '"tongji at jiaxing"', "is not a mailbox", ""),
    ("publication.toml", '"综合科（模拟）"', '""', "is not one line of 1 to 120 characters", ""),
    ("publication.toml", '"综合科（模拟）"', '"综合科\\n王"', "is not one line of 1 to 120 characters", ""),
    ("publication.toml", '["各县（市、区）统计局"', '["一" , 2', "co_authors", ""),
    ("method.toml", 'lo = "-27"', 'lo = "27"', "lo < mid < hi", ""),
    ("method.toml", 'key = "service"', 'key = "services"', "unknown or given twice", "service"),
    ("method.toml", 'key = "service"', 'key = "growth"', "unknown or given twice", "service"),
    (
        "method.toml",
        'indicator = "manufacturing_investment"',
        'indicator = "gdp"',
        "no such indicator",
        "manufacturing_investment",
    ),
    ("method.toml", '["statistics", "dispatch"]', '["statistics", "mayor"]', "'mayor' is not allowed", "dispatch"),
    ("method.toml", '["statistics", "dispatch"]', '["statistics", "statistics"]', "given twice", ""),
    ("method.toml", 'unit_scope = "管理"', 'unit_scope = "全部"', "is not allowed", "管理"),
    ("method.toml", 'name = "SAIMA-1"', 'name = "SAIMA-2"', "'SAIMA-2' is not allowed", "growth_rank"),
    ("method.toml", 'late_cap = "2"', 'late_cap = "-2"', "deductions.late_cap", ""),
    ("method.toml", 'late_cap = "2"', 'late_limit = "2"', "unknown key: deductions.late_limit", "late_cap"),
]


@pytest.mark.parametrize(("file", "old", "new", "says", "allowed"), CASES, ids=lambda value: str(value)[:40])
def test_a_bad_value_is_refused_with_its_line(
    folder: Path, loaded: Load, file: str, old: str, new: str, says: str, allowed: str
) -> None:
    line = edit(folder / file, old, new)
    added = "\n" in new
    error = refused(folder, loaded)
    assert Path(error.file) == folder / file
    assert says in error.en
    assert error.line is not None
    assert error.line in (line, line + 1) if added else error.line == _reported(file, line, says)
    if allowed:
        assert allowed in error.allowed
    assert str(error).startswith(f"{folder / file}:{error.line}: ")


def _reported(file: str, line: int, says: str) -> int:
    """The line a person must look at: two rows that contradict each other are reported at the second one."""
    second = {
        ("unit_members.csv", "taken into a unit in line"),
        ("targets.csv", "target given twice"),
        ("units.csv", "also names the unit in line"),
    }
    return line + ((file, says) in second)


@pytest.mark.parametrize("name", ["programme.toml", "units.csv", "calendar.csv", "method.toml", "sources.toml"])
def test_a_missing_file_is_named(folder: Path, loaded: Load, name: str) -> None:
    (folder / name).unlink()
    error = refused(folder, loaded)
    assert Path(error.file) == folder / name
    assert name in error.allowed


def test_a_misspelt_file_is_not_silently_ignored(folder: Path, loaded: Load) -> None:
    (folder / "targets.csv").rename(folder / "target.csv")
    error = refused(folder, loaded)
    assert Path(error.file) == folder / "target.csv"
    assert "targets.csv" in error.allowed


def test_the_lead_form_is_compulsory(folder: Path, loaded: Load) -> None:
    (folder / "forms/unit_month.toml").unlink()
    assert 'no form has role = "level"' in refused(folder, loaded).en


@pytest.mark.parametrize(
    ("form", "old", "new", "said"),
    [
        ("dispatch_month", 'role = "dispatch"', 'role = "detail"', "role = detail is already that of"),
        ("project_month", 'sibling = "unit_month"', 'sibling = "unit_week"', "no such sibling: unit_week"),
        ("project_month", "order = 40", "order = 5", "must have the same period_kind and a smaller order"),
        ("dispatch_month", "order = 30", 'order = 30\nperiod_kind = "week"', "a form of the ranking is monthly"),
        ("dispatch_month", 'amount = "actual_ytd"', 'amount = "need_note"', "amount must name an amount column"),
        (
            "unit_month",
            '"indicator", "scope"]\nhistory',
            '"indicator", "uscc"]\nhistory',
            "the form has no such field: uscc",
        ),
    ],
)
def test_what_a_form_says_of_itself_must_fit(
    form: str, old: str, new: str, said: str, folder: Path, loaded: Load
) -> None:
    edit(folder / f"forms/{form}.toml", old, new)
    assert said in refused(folder, loaded).en


def test_a_period_of_another_kind_is_refused(folder: Path, loaded: Load) -> None:
    edit(folder / "calendar.csv", "unit_month,2022-06", "unit_month,2022-W26")
    assert "a period of unit_month is written like 2022-06" in refused(folder, loaded).en


def test_the_lead_form_needs_a_calendar(folder: Path, loaded: Load) -> None:
    path = folder / "calendar.csv"
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if not row.startswith("unit_month")]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert "no row for unit_month" in refused(folder, loaded).en


def test_a_scored_form_needs_a_due_date_whenever_the_ranking_has_one(folder: Path, loaded: Load) -> None:
    path = folder / "calendar.csv"
    rows = [
        row for row in path.read_text(encoding="utf-8").splitlines() if not row.startswith("dispatch_month,2022-06")
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    error = refused(folder, loaded)
    assert "2022-06 has no row for dispatch_month" in error.en
    assert rows[error.line - 1].startswith("unit_month,2022-06")


def test_a_bureau_base_needs_the_bureau(folder: Path, loaded: Load) -> None:
    edit(folder / "units.csv", ",bureau,", ",county,")
    error = refused(folder, loaded)
    assert Path(error.file) == folder / "method.toml"
    assert "base_source" in error.en


def test_counts_that_are_required_need_a_form_to_count_in(folder: Path, permits_folder: Path, loaded: Load) -> None:
    for programme in (folder, permits_folder):
        method = programme / "method.toml"
        text = method.read_text(encoding="utf-8")
        method.write_text(f"{text}\n[disclosure]\nrequire_counts = true\n", encoding="utf-8")
    assert loaded(folder).method.disclosure.require_counts
    error = refused(permits_folder, loaded)
    assert 'no form with role = "detail"' in error.en and error.file.endswith("method.toml") and error.line


def test_saima_1_needs_all_seven_indicators(folder: Path, loaded: Load) -> None:
    path = folder / "method.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex("[[indicators]]")], encoding="utf-8")
    assert "SAIMA-1 lacks service" in refused(folder, loaded).en


def test_a_compulsory_key_that_is_absent_is_named(folder: Path, loaded: Load) -> None:
    edit(folder / "programme.toml", 'time_zone = "Asia/Shanghai"\n', "")
    error = refused(folder, loaded)
    assert "time_zone is missing" in error.en
    assert error.line == 1


def test_a_compulsory_column_that_is_absent_is_named(permits_folder: Path, loaded: Load) -> None:
    text = (permits_folder / "calendar.csv").read_text(encoding="utf-8")
    (permits_folder / "calendar.csv").write_text(text.replace("county_due", "freeze"), encoding="utf-8")
    error = refused(permits_folder, loaded)
    assert "missing column: county_due" in error.en
    assert error.line == 1


def test_two_sources_of_one_name(folder: Path, loaded: Load) -> None:
    path = folder / "sources.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text, encoding="utf-8")
    error = refused(folder, loaded)
    assert "source given twice" in error.en
    assert error.line == text.count("\n") + 3


def test_a_file_saved_as_gbk_says_how_to_save_it(folder: Path, loaded: Load) -> None:
    path = folder / "units.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    error = refused(folder, loaded)
    assert "CSV UTF-8" in error.en
    assert error.line == 2


def test_lines_are_counted_as_an_editor_counts_them(folder: Path, loaded: Load) -> None:
    path = folder / "contacts.csv"
    path.write_text(
        'unit_code,form,audience,role,address\n\n330402,*,county,"报送\n岗",a@example.invalid\n330499,*,county,岗,b@example.invalid\n',
        encoding="utf-8",
    )
    assert refused(folder, loaded).line == 5


def test_an_empty_file_and_a_broken_quote(folder: Path, loaded: Load) -> None:
    path = folder / "lists.csv"
    path.write_text("", encoding="utf-8")
    assert "header is missing" in refused(folder, loaded).en
    path.write_text('list_code,project_code,valid_from,valid_to\n78,"2203', encoding="utf-8")
    error = refused(folder, loaded)
    assert "not valid CSV" in error.en
    assert error.line == 2
    path.write_text(
        "list_code,project_code,valid_from,valid_to\n78,2203-330481,2022-06-01,2022-05-01\n", encoding="utf-8"
    )
    assert "valid_to is before" in refused(folder, loaded).en


def test_a_form_error_names_the_form(folder: Path, loaded: Load) -> None:
    line = edit(folder / "forms/unit_month.toml", 'domain = "stat"', 'domain = "sport"')
    error = refused(folder, loaded)
    assert Path(error.file) == folder / "forms/unit_month.toml"
    assert error.line == line


def test_a_file_of_another_encoding_is_told_with_its_line(folder: Path, loaded: Load) -> None:
    path = folder / "programme.toml"
    lines = path.read_text(encoding="utf-8").splitlines(True)
    at = next(number for number, line in enumerate(lines) if line.startswith("city_zh"))
    path.write_bytes("".join(lines[:at]).encode() + "".join(lines[at:]).encode("gb18030"))
    error = refused(folder, loaded)
    assert (error.line, error.said_en) == (at + 1, "not UTF-8: save it as UTF-8")
