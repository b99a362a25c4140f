"""The tables of the dispatch loop as people query and receive them: one row a line of the table, a column a name, kind and meaning.

`kind`: text, integer, number (a rate, score or count with decimals), amount (万元), date, flag. Lists are texts joined by `;`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

ColumnKind = Literal["text", "integer", "number", "amount", "date", "flag"]


@dataclass(frozen=True)
class DispatchColumn:
    name: str
    kind: ColumnKind
    zh: str
    en: str


@dataclass(frozen=True)
class DispatchTable:
    """`rows`: where its rows lie in the JSON document of `saima dispatch <document>` (`factors.projects`: those of every factor)."""

    name: str
    document: str
    rows: str
    zh: str
    en: str
    columns: tuple[DispatchColumn, ...]


def _table(name: str, document: str, rows: str, zh: str, en: str, columns: str) -> DispatchTable:
    parts = [line.split("|") for line in columns.strip().splitlines()]
    made = tuple(DispatchColumn(n.strip(), cast(ColumnKind, kind), z, e) for n, kind, z, e in parts)
    return DispatchTable(name, document, rows, zh, en, made)


_PROJECT = """project_code|text|项目代码|code of the project
name|text|项目名称|name of the project
unit|text|单位代码|code of the unit
"""
_MARKED = (
    _PROJECT
    + """reasons|text|原因|reasons
since|text|起始报告期|first month of the run
exempt|flag|是否豁免|whether an exemption holds
progress|number|进度（实际/序时）|actual over planned to date
"""
)
_TARGET = """id|text|目标|target
metric|text|指标|metric
scope|text|范围|unit or city it is of
operator|text|比较|comparison
value|number|目标值（万元或比率）|value, 万元 or a fraction
actual|number|实际|actual
gap|number|差距|value less actual
expected|number|按季节曲线应达|expected by now on the seasonal curve
pace_required|number|今后每月需完成|required a month from now
state|text|状态|met, on_track, behind, missed, no_data
"""

DISPATCH_TABLES: tuple[DispatchTable, ...] = (
    _table(
        "library",
        "library",
        "projects",
        "投资调度服务库",
        "the dispatch library",
        _PROJECT
        + """parent_code|text|上级项目代码|project it is a phase of
plan_total|amount|计划总投资|planned total
annual_plan|amount|年度计划（冻结）|plan of the year as frozen
annual_plan_revised|amount|年度计划（冻结后调整，不计分）|plan changed after the freeze, not scored
planned_ytd|amount|序时计划|planned to date
actual_ytd|amount|实际完成|done to date
progress|number|进度（实际/序时）|actual over planned to date
light|text|灯|green, yellow, red
stage|text|所处环节|stage it works on
overdue_stages|text|逾期环节|stages overdue
overdue_days|integer|最长逾期天数|days overdue at most
entry|text|入库方式|by rule or decision
lists|text|所属清单|lists
leader|text|联挂领导|leader
nature|text|建设性质|nature
not_applicable|text|不适用环节|stages that do not apply
in_return|flag|本期是否在报表中|whether it stands in a return of the month
days_since_update|integer|距上次更新天数|days since the newest update""",
    ),
    _table(
        "stages",
        "stages",
        "stages",
        "六环节看板",
        "the stage board",
        """stage|text|环节|stage
due|integer|到期项目数|projects due
overdue|integer|逾期项目数|projects overdue
in_stage|integer|在此环节项目数|projects working on it
median_dwell_days|number|停留天数中位数|median days in the stage""",
    ),
    _table(
        "flags",
        "flags",
        "projects",
        "红旗项目",
        "red flags",
        _MARKED + "days_ahead|integer|提前天数|days ahead of plan",
    ),
    _table(
        "snails",
        "snails",
        "projects",
        "蜗牛项目",
        "snails",
        _MARKED
        + """months|integer|连续月数|months running
overdue_days|integer|最长逾期天数|days overdue at most
exempt_cause|text|豁免原因|cause of the exemption
exempt_until|date|豁免到期日|last day of the exemption
department|text|责任部门|department that owes a public factor""",
    ),
    _table(
        "warned",
        "snails",
        "warned",
        "预警项目",
        "warned projects",
        _PROJECT
        + """light|text|灯|light
progress|number|进度|actual over planned to date
start_overdue_months|integer|开工逾期月数|months the start is overdue
overdue_days|integer|最长逾期天数|days overdue at most
noticed_on|date|提醒单日期|day of the reminder slip""",
    ),
    _table(
        "inspections",
        "inspections",
        "inspections",
        "督查单",
        "inspections",
        "id|text|督查编号|number of the inspection\n"
        + _PROJECT
        + """step|text|步骤|step of the escalation
state|text|状态|open, answered, rectified, closed
opened_at|date|立案日|day it was opened
due|date|答复期限|day by which it is to be answered
overdue|flag|是否逾期|whether it is overdue""",
    ),
    _table(
        "factors",
        "factors",
        "factors.projects",
        "要素建议",
        "factor proposals",
        "factor|text|要素|factor\nrank|integer|位次|rank\n"
        + _PROJECT
        + """score|number|得分|score
need|number|需求|need, in the unit of the factor
proposed|number|建议|proposed
decision|text|决定|accepted or refused
decided_amount|number|核给|granted""",
    ),
    _table(
        "leaders",
        "leaders",
        "leaders",
        "领导联挂",
        "leaders",
        _PROJECT
        + """leaders|text|联挂领导|leaders
last_action|date|最近动作|newest action
silent_days|integer|无动作天数|days without action
problem|text|问题|none, several, silent""",
    ),
    _table(
        "teams",
        "teams",
        "teams",
        "服务专班周备忘",
        "weekly memos of service teams",
        """team|text|专班编号|code of the team
name|text|专班名称|name of the team
unit|text|单位代码|code of the unit
parts|integer|已有部分（共四）|parts there, of four
missing|text|缺少部分|parts missing
state|text|状态|complete, incomplete, late, missing
issues_raised|integer|新提问题数|issues raised
issues_solved|integer|解决问题数|issues solved""",
    ),
    _table(
        "issues",
        "teams",
        "issues",
        "未办结问题",
        "open issues",
        """issue_no|text|问题编号|number of the issue
project_code|text|项目代码|code of the project
unit|text|单位代码|code of the unit
issue_class|text|问题类别|class
owner|text|责任单位|who is responsible
owner_kind|text|责任层级|unit or city department
state|text|状态|raised, accepted, handled
raised_on|date|提出日期|day it was raised
due|date|应办结日期|day it is due
overdue|flag|是否逾期|whether it is overdue""",
    ),
    _table(
        "helpers",
        "helpers",
        "units",
        "助企服务员",
        "helpers by unit",
        """unit|text|单位代码|code of the unit
city|integer|市级|of the city
county|integer|县级|of the county
township|integer|镇级|of townships""",
    ),
    _table(
        "late_helpers",
        "helpers",
        "late",
        "超出频次的助企服务员",
        "helpers beyond their cadence",
        """helper|text|服务员编号|code of the helper
unit|text|单位代码|code of the unit
level|text|层级|level
days_since_contact|integer|距上次联系天数|days since the newest contact
days_since_visit|integer|距上次走访天数|days since the newest visit""",
    ),
    _table("targets", "targets", "targets", "全市目标", "targets of the city", _TARGET),
    _table("unit_targets", "targets", "units", "单位年度目标", "annual targets of units", _TARGET),
    _table(
        "lists",
        "lists",
        "lists",
        "项目清单",
        "lists",
        """code|text|清单代码|code of the list
name|text|清单名称|name of the list
projects|integer|项目数|projects
plan_total|amount|计划总投资|planned total
ytd|amount|实际完成|done to date
expected_count|integer|公布数|published count
difference|integer|差数|projects less the published count""",
    ),
    _table(
        "coverage",
        "coverage",
        "projects",
        "应统未统",
        "started and in no statistics",
        """project_code|text|项目代码|code of the project
unit|text|单位代码|code of the unit
source|text|来源|approval list or dispatch return
plan_total|amount|计划总投资|planned total
started|text|开工年月|month of the start
months_waiting|integer|等待月数|months waiting
survey_round|integer|排摸轮次|survey round""",
    ),
    _table(
        "campaigns",
        "campaign",
        "campaigns",
        "攻坚行动",
        "campaigns",
        """code|text|行动代码|code
zh|text|名称|name
starts|date|开始|first day
ends|date|结束|last day
state|text|状态|before, running, over
day|integer|第几天|day of the window
days|integer|共几天|days of the window""",
    ),
    _table(
        "achievements",
        "showcase",
        "achievements",
        "成果",
        "achievements",
        "kind|text|成果|three_in_one_year, hundred_days, started, commissioned\n"
        + _PROJECT
        + """state|text|状态|achieved or on_course
days|integer|天数|days from start to trial production
may_be_named|flag|可否对外点名|whether it may be named outside""",
    ),
)
