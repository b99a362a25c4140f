"""Layouts are data: what is wrong in one is named with file and line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.harmonize.headers import alias_index
from pipelines.model.tables import FORM_FIELDS
from pipelines.programme.layouts import load_layout

FORMS = Path(__file__).resolve().parents[3] / "pipelines/programmes/jiaxing/forms"


def test_the_forms_of_jiaxing(jiaxing):
    assert set(jiaxing.forms) == {
        "project_month",
        "unit_month",
        "city_month",
        "dispatch_month",
        "project_plan",
        "issue_log",
        "service_memo",
        "helper_roster",
        "visit_log",
        "leader_assignment",
        "approval_list",
        "inspection_reply",
    }
    layout = jiaxing.forms["project_month"]
    assert (layout.measure, layout.amount_units["亿元"], layout.partial) == ("wan_yuan", Decimal(10000), True)
    assert layout.partial_max_share == Decimal("0.10")
    assert layout.authority == layout.approval_no == "", "without approval a statistical form is marked 模拟"


@pytest.mark.parametrize("form", sorted(FORM_FIELDS))
def test_no_two_fields_share_a_header_after_normalisation(form, jiaxing):
    index = alias_index(jiaxing.forms[form])
    assert {path: fields for path, fields in index.paths.items() if len(fields) > 1} == {}


@pytest.mark.parametrize(
    ("old", "new", "line_of", "says"),
    [
        ('domain = "stat"', 'domain = "state"', 'domain = "state"', "domain"),
        ('field = "plan_total"', 'field = "plan_totals"', 'field = "plan_totals"', "plan_totals"),
        ("partial = true", "partially = true", "partially = true", "partially"),
        ('"元" = "0.0001"', '"元" = "0"', '"元" = "0"', "amount_units"),
        ('"计划总投资", ', '"项目名称", ', 'aliases = ["项目名称", "项目计划', "项目名称"),
        ("'206'", "'(206'", "titles = ", "regular expression"),
        ('key = ["stat_project_no"]', 'key = ["indicator"]', 'key = ["indicator"]', "indicator"),
        ('name = "project_month"', 'name = "unit_month"', 'name = "unit_month"', "project_month"),
        ("required = true\nnon_empty = true\n", "required = true\nnonempty = true\n", "nonempty = true", "nonempty"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, old, new, line_of, says):
    text = (FORMS / "project_month.toml").read_text()
    assert old in text
    path = tmp_path / "project_month.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_layout(path)
    lines = path.read_text().splitlines()
    assert caught.value.line is not None, caught.value
    assert lines[caught.value.line - 1].startswith(line_of)
    assert says in str(caught.value)


def test_broken_toml_names_its_line(tmp_path):
    path = tmp_path / "project_month.toml"
    path.write_text('name = "project_month"\nzh = \n')
    with pytest.raises(ConfigError) as caught:
        load_layout(path)
    assert caught.value.line == 2
