"""Columns of the check frame that are not fields of a form: type and meaning, once. No pandas, no Great Expectations.

Fields keep their name in the frame: amounts as integers of 1/10,000 of the form's measure, months as integers YYYYMM.
`previous_<field>` and `bound_<field>` have the type of their field.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["integer", "boolean", "string"]
"""Types of Table Schema. Absent values are allowed in all three."""
SCALED = "1/10,000 of the form's measure"


@dataclass(frozen=True)
class CheckColumn:
    """A column of the check frame, meaning zh/en."""

    type: ColumnType
    zh: str
    en: str


def _flag(zh: str, en: str) -> CheckColumn:
    return CheckColumn("boolean", zh, en)


def _number(zh: str, en: str) -> CheckColumn:
    return CheckColumn("integer", zh, en)


CHECK_COLUMNS: Mapping[str, CheckColumn] = {
    "period": _number("报送的报告期（YYYYMM）", "period of the submission (YYYYMM)"),
    "submission": _number("报送序号", "ordinal of the submission the row belongs to"),
    "damaged_codes": _number("损坏的代码、名称单元格数", "cells of codes and names of the row that could not be read"),
    "unreadable_amounts": _number("读不出的数值单元格数", "numeric cells of the row that could not be read"),
    "unreadable_dates": _number("读不出的日期单元格数", "date cells of the row that could not be read"),
    "unit_code_accepted": _flag("行内代码是本单位的或认可的", "the unit code in the row is the sender's or accepted"),
    "unit_name_accepted": _flag("行内名称不是别的单位", "the unit name in the row is no other unit's"),
    "code_region_fits": _flag("项目代码的地区段相符", "region of the project code fits site or sender"),
    "stands_alone": _flag("没有疑似同一项目的行", "no other row of the enterprise looks like this project"),
    "name_stands": _flag(
        "项目名称没有写明作废", "the name does not say that its row is void; absent where there is none"
    ),
    "remark_stands": _flag(
        "说明没有写明该行作废", "the remark does not say that its row is void; absent where there is none"
    ),
    "name_kept": _flag("项目名称与上次相同", "the name is last time's; absent where corrected or unknown"),
    "corrected": _flag("填有更正代码", "a correction code is given"),
    "any_sign": _flag("指标可为负", "the indicator may be negative (profits, balances)"),
    "reduced": _flag("填有核减类更正代码", "a reducing correction code is given"),
    "documented": _flag("填有依据文号", "the number of a document is given"),
    "purchase": _flag("建设性质为单纯购置", "nature is a pure purchase"),
    "finished": _flag("状态为全部投产", "state is full commissioning"),
    "first_period": _flag("本年首期", "first reporting period of the year"),
    "december": _flag("12 月", "the period is December"),
    "late_start": _flag("本年 10 月及以后开工", "started in October of the year or later"),
    "new_this_year": _flag("本年开工且上年末无累计", "started this year and not in last year's final"),
    "amount_row": _flag("金额指标行", "the row's indicator is an amount, not a count"),
    "site_in_unit": _flag("建设地址在本单位辖区", "the site lies in the sender's area; absent where it is not given"),
    "first_row": _flag("本年未报送过的项目（首期除外）", "not reported before this year; never in the first period"),
    "overrun_documented": _flag("超概有依据文号和说明", "document and explanation of an overrun are given"),
    "growth_fits": _flag(
        "增速与本表总量相符", "growth as stated fits the form's own levels; absent where one is missing"
    ),
    "own_growth": CheckColumn("string", "按本表总量计算的增速", "growth of the form's own levels, as text"),
    "flags_allowed": _flag(
        "不适用标记只写可免的环节", "na_flag names only stages that a project may lack; absent where empty"
    ),
    "land_settled": _flag("已开工项目的供地有着落", "a started project has land or is marked as needing none"),
    "production_allowed": _flag("该状态下没有投产时间", "no commissioning in a state without one; absent elsewhere"),
    "production_stated": _flag("全部投产且时间已过", "a fully commissioned project has a past month; absent elsewhere"),
    "production_reflected": _flag("已投产的状态为全部投产", "a past month is reflected in the state; absent elsewhere"),
    "start_given": _flag("有投资的已填开工时间", "a project with investment has a start; absent elsewhere"),
    **{
        f"{stage}_kept": _flag(f"上次已完成的{zh}未撤回", f"{stage}, done last time, is still done")
        for stage, zh in (
            ("admission", "准入"),
            ("land", "供地"),
            ("approval", "审批"),
            ("start", "开工"),
            ("completion", "竣工"),
            ("capacity", "达产"),
        )
    },
    "restatement_documented": _flag(
        "基数调整三项俱全", "reason, approver and date are all there; absent where none is"
    ),
    "restatement_stated": _flag(
        "与上年不同的基数已注明", "a base that differs from last year says so; absent elsewhere"
    ),
    "slip_free": _flag("没有两项信号的计量单位错位", "no slip of the unit of amount with two signals"),
    "plan_slip_free": _flag("没有计划总投资单项错位", "no slip of the planned total alone"),
    "automation_is_share": _flag("自动化率在 0 到 1 之间", "the share of automated production lies between 0 and 1"),
    "plan_size_fits": _flag("计划总投资的大小与万元相符", "the planned total has the size of a figure in 万元"),
    "total_size_fits": _flag("汇总数的大小与万元相符", "the total of a unit has the size of a figure in 万元"),
    "slip_factor": CheckColumn("string", "疑似错位倍数", "factor of a suspected slip, empty for none"),
    "one_leader": _flag("同一时间没有另一名联挂领导", "no other leader of the project at the same time"),
    "memo_in_week": _flag("四项工作的日期在本周", "the days of the four parts lie in the week"),
    "visit_in_month": _flag("走访日期在报告期内", "the day of the visit lies in the period"),
    "visitor_named": _flag("走访人编号已填", "the helper, leader or team that visited is named"),
    "stage_days_agree": _flag("日期与年月一致", "days of start and trial lie in the months given"),
    "phase_has_parent": _flag("后续各期填有上级项目", "a later phase names its parent project"),
    "rectified_dated": _flag("已整改的填有完成日期", "what is rectified has its day"),
    "closed_is_assessed": _flag("办结的问题有企业评价", "a closed issue is assessed"),
    "one_name": _flag("同一编号只有一个姓名", "a code has one name in the file"),
    **{
        f"{field}_past": _flag(f"{zh}不晚于报告期末", f"{en} does not lie after the end of the period")
        for field, zh, en in (
            ("raised_on", "提出日期", "the day it was raised"),
            ("accepted_on", "受理日期", "the day it was accepted"),
            ("handled_on", "办理日期", "the day it was handled"),
            ("closed_on", "办结日期", "the day it was closed"),
            ("assessed_on", "评价日期", "the day it was assessed"),
            ("approved_on", "批准日期", "the day of the approval"),
            ("start_on", "开工日期", "the day of the start"),
            ("trial_on", "生产调试日期", "the day of trial production"),
            ("replied_on", "回复日期", "the day of the reply"),
            ("rectified_on", "整改完成日期", "the day it was rectified"),
        )
    },
    "construction": _number("建筑安装合计", f"building and installation together, {SCALED}"),
    "chain_ytd": _number("上期累计（相邻报告期）", f"cumulative figure of the reporting period just before, {SCALED}"),
    "opening_cum_total": _number("上年末累计", f"total since the start in last year's final, {SCALED}"),
    "wider_ytd": _number("包含它的指标的累计", f"cumulative figure of the containing indicator, {SCALED}"),
    "recent_month": _number("近 6 期单月最大值", f"largest month of the last six, {SCALED}"),
    "monthly": _number("本月数（首期取半）", f"the month's figure, half of it in the first period, {SCALED}"),
    "round_figures": _number("1000 万元整数倍的个数", "figures that are non-zero multiples of 1000 万元"),
    "idle_months": _number("连续无投资的报告期数", "reporting months in a row without investment"),
    "started_ym": _number("实际开工年月", "month of the start, YYYYMM; absent where only planned"),
    "code_ym": _number("赋码年月", "month the project code was assigned, YYYYMM"),
    "months_since_production": _number("投产后月数", "months since full commissioning"),
    "months_built": _number("建设期月数", "months from start to full commissioning"),
    "months_under_way": _number("在建月数", "months from start to commissioning or to the period"),
    "status_step": _number("建设状态的步次", "筹建 1, 在建 2, 全部投产 3"),
    "bound_status_step": _number("上次建设状态的步次", "the step last time, absent where corrected"),
}
