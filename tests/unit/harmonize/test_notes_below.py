"""What a sheet says in words beside title and header: notes below the table, figures that are called expected."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipelines.model.submissions import FormPart

from .conftest import HEADER, TITLE, kinds, project, workbook


def table(*below: str, title: str = TITLE[0], header: tuple[str, ...] = HEADER) -> bytes:
    return workbook(("表", [[title], [TITLE[1]], list(header), project(0), project(1), *([text] for text in below)]))


@pytest.mark.parametrize(
    "note",
    [
        "注：本表金额单位为元",
        "注：1.计量单位：亿元。2.本表于次月8日前报送",
        "说明：数据以元为单位",
        "注：以上为2022年5月数据",
        "注:本表为2021年1-6月累计数。",
        "注：1.本表项目按库名排列；2.以上均为2022年1-5月累计数",
        "填报单位：平湖市统计局",
    ],
)
def test_a_note_that_says_otherwise_than_the_title_is_asked_about(
    read_part: Callable[..., FormPart], note: str
) -> None:
    """All were passed over: the reader of the sheet takes 元 for what was counted as 万元."""
    part = read_part(table(note))
    assert [(p.rule, p.params["kind"], p.params["severity"], p.cell) for p in part.problems] == [
        ("A03", "note_differs", "query", "A6")
    ]


@pytest.mark.parametrize(
    "note",
    [
        "注：本表金额单位为万元",
        "注：单位：万元、个",
        "注：土地单价单位为元/平方米",
        "注：以上为2022年6月数据",
        "注：上年同期为2021年1-6月数据",
        "注：以上上年同期数为2021年1-6月累计数",
        "注：以上数据自2022年1月起累计",
        "注：以上3个项目2021年12月入库，累计完成投资未调整",
        "注：本表项目均于2021年12月底开工，数据以统计库为准",
        "注：表中甲项目2022年5月开工，数量为1个",
        "填报单位：海宁市统计局",
        "报出日期：2022年7月8日",
        "注：建设单位为元通公司的项目由其代报",
    ],
)
def test_a_note_that_says_the_same_or_something_else(read_part: Callable[..., FormPart], note: str) -> None:
    assert kinds(read_part(table(note))) == []


@pytest.mark.parametrize(
    ("title", "head", "cell"),
    [
        ("海宁市2022年1-6月制造业投资项目月报（预计数）", HEADER, "A1"),
        ("海宁市2022年1-6月制造业投资预计完成情况表", HEADER, "A1"),
        (TITLE[0], tuple("本年完成投资（预计）" if name == "本年完成投资" else name for name in HEADER), "L3"),
        (TITLE[0], tuple("计划总投资（预计）" if name == "计划总投资" else name for name in HEADER), ""),
        ("海宁市2022年1-6月制造业投资项目月报（投资监测预测平台导出）", HEADER, ""),
        (TITLE[0], HEADER, ""),
    ],
)
def test_figures_that_are_called_expected_are_asked_about(
    read_part: Callable[..., FormPart], title: str, head: tuple[str, ...], cell: str
) -> None:
    part = read_part(table(title=title, header=head))
    assert [(p.params["kind"], p.cell) for p in part.problems] == ([("expected_figures", cell)] if cell else [])


def test_a_dispatch_return_speaks_of_plans(read_part: Callable[..., FormPart]) -> None:
    """重大项目预计开工情况 is what the form is about."""
    stages = [cell for stage in ("准入", "供地", "审批", "开工", "竣工", "达产") for cell in (stage, None)]
    head = ["项目代码", "项目名称", "所属清单", "计划总投资（预计）", "序时计划投资", "实际完成投资", *stages]
    row = ["2021-330481-38-03-000001", "甲项目", "", 120000, 500, 480, *["2022年3月", "—"] * 6]
    title = "海宁市2022年6月重大项目调度及预计开工情况"
    merge = [f"{a}3:{b}3" for a, b in ("GH", "IJ", "KL", "MN", "OP", "QR")]
    sheet = [[title], ["单位:万元"], head, [None] * 6 + ["计划", "实际"] * 6, row]
    part = read_part(workbook(("调度", sheet), merge=merge))
    assert part.form == "dispatch_month" and ("A03", "expected_figures") not in kinds(part)


@pytest.mark.parametrize(
    ("remark", "kind"),
    [
        ("本行单位为元", "note_differs"),
        ("该项目金额单位：亿元", "note_differs"),
        ("此行按元填报，请换算", "note_differs"),
        ("本行数据为元", "note_differs"),
        ("以上金额均以千元为单位", "note_differs"),
        ("本行为预计数", "expected_figures"),
        ("数据为上月数", "expected_figures"),
        ("本行单位为万元", ""),
        ("该项目合同价为500万元，六月付款", ""),
        ("合同以美元计价，按期末汇率折算为万元", ""),
        ("土地单价单位为元/平方米", ""),
        ("建设单位为元通公司，投资照常", ""),
        ("设备款暂估入账，下月调整", ""),
        ("本月为设备到货高峰", ""),
    ],
)
def test_a_remark_that_gives_its_row_another_unit_is_asked_about(
    read_part: Callable[..., FormPart], remark: str, kind: str
) -> None:
    """A row of 元 in a table of 万元 counted ten thousand times too much, and its sender had said so."""
    rows = [[TITLE[0]], [TITLE[1]], list(HEADER), project(0), project(1, 上报说明=remark)]
    found = [(p.params["kind"], p.params["severity"], p.row) for p in read_part(workbook(("表", rows))).problems]
    assert found == ([(kind, "query", 5)] if kind else [])
