"""Examples beyond those of the catalogue: rows just inside and just outside of every limit, condition and term of a formula.

Each kills mutants (`test_formula_mutants.py`). Amounts in 万元; 0.0001 is the smallest step an amount can make.
"""

from __future__ import annotations

from typing import Any

from expectations.catalogue.amount_rules import AMOUNTS, OVERRUN
from expectations.examples import USCC
from expectations.rule import Example

P, U, C, D = "project_month", "unit_month", "city_month", "dispatch_month"
BUILDING = ("build", "install", "build_install", "equip", "other")
NO_PARTS: dict[str, Any] = dict.fromkeys(BUILDING)
SOURCES = ("funds_carried", "funds_budget", "funds_loans", "funds_bonds", "funds_foreign", "funds_other")
MATURE = {"cum_total": 70000}
CODE = {"correction_code": "核查核减"}
DOCUMENTED = {"doc_no": "海发改〔2022〕3 号", "explanation": OVERRUN}
DONE = {"status": "2", "prod_ym": "2022-02"}
NEW = {"start_ym": "2022-01"}
SHORT = {"start_ym": "2022-01", "prod_ym": "2022-03"}
ODD = {"plan_total": "100000.0003"}
STAGES = ("admission", "land", "approval", "start", "trial", "completion", "commission", "capacity")
NO_STAGES: dict[str, Any] = dict.fromkeys(f"{stage}_actual" for stage in STAGES)
WORKS = (
    "房地产",
    "商品房",
    "商品住宅",
    "住宅小区",
    "安置房",
    "棚户区",
    "公路",
    "高速",
    "道路",
    "市政",
    "桥梁",
    "隧道",
    "轨道交通",
    "航道",
    "水库",
    "河道整治",
    "光伏发电",
    "光伏电站",
    "风电场",
    "风力发电",
    "变电站",
    "输变电",
    "输电线路",
    "污水处理厂",
    "自来水厂",
    "垃圾焚烧",
    "学校",
    "医院",
    "养老院",
    "商业综合体",
    "酒店",
    "物流园",
)
MAKING = (
    "制造",
    "生产",
    "年产",
    "加工",
    "设备",
    "装备",
    "组件",
    "部件",
    "零件",
    "配件",
    "材料",
    "用品",
    "产业园",
    "标准厂房",
    "仪器",
    "机械",
)


def passes(row: dict[str, Any], **more: Any) -> Example:
    return Example(None, row, **more)


def stands(form: str, field: str) -> Example:
    """A required cell of a form."""
    return Example({field: None}, {}, at=field, form=form)


def before(earlier: str, later: str) -> Example:
    return passes({**NO_STAGES, f"{earlier}_actual": "2021-02", f"{later}_actual": "2021-03"}, form=D)


def named(name: str) -> dict[str, Any]:
    return {"project_name": name}


def mature(part: str, beyond: Any) -> list[Example]:
    """Conditions of C12 and C13: at least 70 % of the plan done and at least 5000 this year. `beyond` breaks the share."""
    out = {part: beyond}
    return [
        Example({**MATURE, "ytd": 5000, **out}, {**MATURE, "ytd": "4999.9999", **out}),
        Example({"cum_total": 80000, **out}, {"cum_total": 69999, **out}),
        passes({**ODD, "cum_total": "70000.0002", **out}),
        passes(MATURE),
    ]


BOUNDARIES: dict[str, list[Example]] = {
    "B01.code": [Example({"reported_unit_code": "330482"}, {"reported_unit_code": "330400"}, form=f) for f in (U, D)],
    "B01.name": [Example({"reported_unit_name": "平湖市"}, {"reported_unit_name": "海宁"}, form=f) for f in (U, D)],
    "B03.keywords": [
        *(
            Example(named(f"海宁{word}项目"), named(f"海宁公路{MAKING[n % len(MAKING)]}项目"))
            for n, word in enumerate(WORKS)
        ),
        passes(named("年产公路沥青项目")),
    ],
    "B05.layout": [
        Example({"project_code": f"x{USUAL}"}, {"project_code": "2112-330481-04-01-123456"})
        for USUAL in ("2105-330481-04-01-123456",)
    ]
    + [
        Example({"project_code": "2105-330481-04-01-123456\n"}, {"project_code": "2020-330481-38-03-012345"}),
        Example({"project_code": "2105-330481-04-01-12345a"}, {"project_code": "1999-330481-38-03-012345"}),
        Example({"project_code": "330481-1"}, {}, form=D),
    ],
    "B07.key": [
        Example(
            {"indicator": "industrial_investment"},
            {},
            at="indicator",
            beside=({"indicator": "industrial_investment"},),
            form=U,
        ),
        passes({"scope": "属地"}, beside=({},), form=U),
        Example({}, {"area_code": "330482"}, at="area_code", beside=({},), form=C),
        passes({"scope": "属地"}, beside=({},), form=C),
        passes({"indicator": "total_investment"}, beside=({},), form=C),
        Example({}, {"project_code": "2102-330481-04-01-123456"}, at="project_code", beside=({},), form=D),
    ],
    "B13.nature": [passes({"nature": "单纯购置"})],
    "B13.status": [passes({"status": "全部投产"})],
    "B13.affiliation": [passes({"affiliation": "其他"})],
    "B13.holding": [passes({"holding": "私人控股"})],
    "B13.reg_type": [passes({"reg_type": "私营有限责任公司"})],
    "B13.correction_code": [passes({"correction_code": "核查核减"}), passes({"correction_code": "辖区移交"})],
    "B14": [
        *(stands(P, f) for f in ("stat_project_no", "owner_name", "industry_code", "nature", "status")),
        *(stands(P, f) for f in ("plan_total", "cum_total", "ytd", "month")),
        *(stands(U, f) for f in ("indicator", "scope", "ytd", "ytd_last_year")),
        *(stands(C, f) for f in ("area_code", "indicator", "base")),
        *(stands(D, f) for f in ("project_code", "project_name", "plan_total", "planned_ytd", "actual_ytd")),
        *(stands(D, f) for f in ("issues_due", "issues_closed")),
        *(stands(D, f"{stage}_plan") for stage in STAGES if stage not in ("trial", "commission")),
        Example(NO_PARTS, {**NO_PARTS, "equip": 1}, at="build_install", form=P),
        Example(NO_PARTS, {**NO_PARTS, "ytd": 0}, at="build_install", form=P),
    ],
    "B14.damaged": [
        Example({at: None}, {}, at=at, notes=((at, "digits_lost", "1E+15"),), form=f)
        for f, at in ((U, "indicator"), (C, "area_code"), (D, "project_code"))
    ],
    "C01.readable": [
        Example({at: None}, {}, at=at, notes=((at, "not_a_number", "约五千"),), form=f)
        for f, at in ((U, "ytd"), (C, "base"), (D, "actual_ytd"))
    ],
    **{f"C02.{f}": [Example({f: "-0.0001"}, {f: 0}), passes({f: 5})] for f in AMOUNTS},
    "C04.parts": [
        Example({"ytd": "12002.0001"}, NO_PARTS),
        Example({"ytd": "11997.9999"}, {"ytd": 11998}),
        *(
            {
                "construction": Example({"build": None, "install": None}),
                "equip": Example({"equip": None}),
                "other": Example({"other": None}),
            }.values()
        ),
        Example({"equip": None, "other": None}),
        Example({**NO_PARTS, "equip": 5500}),
        Example({**NO_PARTS, "other": 500}),
    ],
    "C05.nested": [passes({})],
    "C06.old_equip": [Example({"old_equip": "5500.0001"}, {"old_equip": 5500, "renew_equip": None})],
    "C06.renew_equip": [Example({"renew_equip": "5500.0001"}, {"renew_equip": 5500, "old_equip": None})],
    "C06.sum": [Example({"old_equip": "5300.0001"}, {})],
    "C07.parts": [
        Example({"land_fee": "500.0001"}, {}),
        Example({"land_fee": 300, "old_building": 201}, {"land_fee": 300, "old_building": 200}),
        Example({"land_fee": None, "old_building": 501}, {"land_fee": None, "old_building": 500}),
        Example({"land_fee": 501, "old_building": None}, {"land_fee": None, "old_building": None, "other": -1}),
    ],
    "C08.plan": [passes({})],
    "C09.plan": [
        Example({**ODD, "cum_total": "130000.0004"}, {**ODD, "cum_total": "130000.0003"}),
        passes({"cum_total": 140000, **DOCUMENTED}),
    ],
    "C09.documented": [
        Example({**ODD, "cum_total": "130000.0004", **DOCUMENTED}, {**ODD, "cum_total": "130000.0003", **DOCUMENTED}),
        passes(DOCUMENTED),
        passes({"cum_total": 140000}),
    ],
    "C10.year": [
        Example({"ytd": "100000.0001"}, {"ytd": 100001, "nature": "7"}),
        Example({"plan_total": 5000, "ytd": 5001}, {"plan_total": "4999.9999", "ytd": 5001}),
    ],
    "C10.month": [
        Example({"plan_total": "100000.0001", "month": "50000.0001"}, {"month": 50001, "nature": "7"}),
        Example({"plan_total": 5000, "month": 2501}, {"plan_total": "4999.9999", "month": 2501}),
        passes({"month": 50001}, period="2022-02"),
    ],
    "C11.none": [Example({"nature": "7", "build": "0.0001", "install": 0}, {"nature": "7", "build": -1, "install": 0})],
    "C12.low": [
        Example({**MATURE, "ytd": "12000.0001", "equip": 240}, {**MATURE, "equip": 240}),
        *mature("equip", 0),
        *(
            Example({**MATURE, **NO_PARTS, part: 0}, {**MATURE, **NO_PARTS})
            for part in ("build", "install", "build_install", "other", "equip")
        ),
        Example({**MATURE, "equip": None}, {"equip": None}),
    ],
    "C12.high": [
        Example(
            {**MATURE, "ytd": "12000.0001", "equip": "11400.0001"}, {**MATURE, "ytd": "12000.0001", "equip": 11400}
        ),
        *mature("equip", 20000),
    ],
    "C13.other": [
        Example(
            {**MATURE, "ytd": "12000.0003", "other": "7200.0002"}, {**MATURE, "ytd": "12000.0003", "other": "7200.0001"}
        ),
        *mature("other", 20000),
    ],
    "C14.assets": [passes({"new_fixed_assets": 1})],
    "C15.sources": [
        Example({"funds_total": "1001.0001", "funds_self": 1000}, {"funds_total": 5}),
        Example({"funds_total": "998.9999", "funds_self": 1000}, {"funds_total": 999, "funds_self": 1000}),
        *(Example({"funds_total": 1000, source: 2000}, {"funds_total": 1000, source: 1000}) for source in SOURCES),
    ],
    "C16.cover": [
        Example({"ytd": "12000.0001", "funds_total": 6000, "payables": 0}, {"funds_total": 9000, "payables": 0}),
        Example({"funds_total": 5999}, {"funds_total": 6000}),
    ],
    "C17.floor": [passes({"floor_under": 100, "floor_done": 1})],
    "C18.round": [
        Example(
            {"build": 5000, "install": 1000, "plan_total": 10000},
            {"build": 5000, "install": 1000, "plan_total": "9999.9999"},
        )
    ],
    "C19.land": [
        Example({"ytd": "12000.0003", "land_fee": "7200.0002"}, {"ytd": "12000.0003", "land_fee": "7200.0001"}),
        Example({"ytd": 5000, "land_fee": 6000}, {"ytd": "4999.9999", "land_fee": 6000}),
        Example({**ODD, "cum_total": "70000.0002", "land_fee": 9000}, {**MATURE, "land_fee": 9000}),
    ],
    "C20.month": [
        passes({"month": 13000, "correction_wan_yuan": -1000, **CODE}),
        passes({"month": 13000}, previous={}),
    ],
    "D01.chain": [
        Example({"ytd": "12001.0001"}, {"ytd": 12001}, previous={"ytd": 10000}),
        Example({"ytd": "11998.9999"}, {"ytd": 11999}, previous={"ytd": 10000}),
        Example({"month": 2500}, {"month": 2500, "correction_wan_yuan": -500}, previous={"ytd": 10000}),
    ],
    "D01.first": [
        passes({}, period="2022-02"),
        passes({"month": 13000}),
        Example(
            {"month": 13000, "correction_wan_yuan": "-999.9999"},
            {"month": 13000, "correction_wan_yuan": -1000, **CODE},
            period="2022-02",
        ),
        Example(
            {"month": 11000, "correction_wan_yuan": "1000.0001"},
            {"month": 11000, "correction_wan_yuan": 1000, **CODE},
            period="2022-02",
        ),
    ],
    "D02.falls": [passes({"ytd": 12001}, previous={}), passes({"ytd": 11999, **CODE}, previous={})],
    "D02.corrected": [
        Example({"ytd": "11999.9999", **CODE}, {"ytd": 12000, **CODE}, previous={}),
        passes({"ytd": 13000, **CODE}, previous={}),
        passes({"ytd": 11999}, previous={}),
    ],
    "D14.falls": [passes({"cum_total": 30001}, previous={}), passes({"cum_total": 29999, **CODE}, previous={})],
    "D14.corrected": [passes({"cum_total": 30001, **CODE}, previous={}), passes({"cum_total": 29999}, previous={})],
    "D03.opening": [
        Example({"cum_total": "30001.0001"}, {"cum_total": 30001}, final={"cum_total": 18000}),
        Example({"cum_total": "29998.9999"}, {"cum_total": 29999}, final={"cum_total": 18000}),
    ],
    "D04.new": [
        Example({**NEW, "cum_total": "12001.0001"}, {**NEW, "cum_total": 12001}),
        Example({**NEW, "cum_total": "11998.9999"}, {**NEW, "cum_total": 11999}),
    ],
    "D05.changed": [
        Example({"plan_total": "100001.0001"}, {"plan_total": 110000, "doc_no": "海发改〔2022〕3 号"}, previous={}),
        Example({"plan_total": "99998.9999"}, {"plan_total": 99999}, previous={}),
        Example({"plan_total": 70000}, {"plan_total": 69999}, previous={}),
        Example({"plan_total": 130000}, {"plan_total": 130001}, previous={}),
        passes({"plan_total": "70000.0002"}, previous=ODD),
        passes({"plan_total": "130000.0004"}, previous=ODD),
    ],
    "D05.lower": [Example({"plan_total": "70000.0002"}, {}, previous=ODD), passes({"plan_total": 70000}, previous={})],
    "D05.higher": [
        Example({"plan_total": "130000.0004"}, {}, previous=ODD),
        passes({"plan_total": 130000}, previous={}),
    ],
    "D06.idle": [passes({"month": 0}, recent={"2022-05": {"month": 0}, "2022-04": {"month": 1}})],
    "D09.jump": [
        Example({"month": "6000.0001"}, {"month": 5500}, recent={"2022-05": {"month": 2000}}),
        Example({"month": 5000}, {"month": "4999.9999"}, recent={"2022-05": {"month": 1}}),
        passes({"month": 9000, "start_ym": "2022-10"}, period="2022-11", recent={"2022-10": {"month": 1}}),
    ],
    "D12.december": [
        Example({"ytd": "12000.0017", "month": "4200.0006"}, {"month": 100}, period="2022-12"),
        passes({"month": 9000}, period="2022-11"),
        passes({"month": 9000, "start_ym": "2022-10"}, period="2022-12"),
    ],
    **{
        f"E02.{D}.{first}_actual-{second}_actual": [before(first, second)]
        for first, second in (
            ("start", "commission"),
            ("commission", "capacity"),
            ("start", "capacity"),
            ("start", "completion"),
            ("start", "trial"),
            ("trial", "completion"),
            ("completion", "commission"),
            ("completion", "capacity"),
        )
    },
    "E02.project_month.start_ym-prod_ym": [passes({"prod_ym": "2022-01"})],
    **{
        f"E03.{first}-{second}": [before(first, second)]
        for first, second in (
            ("admission", "land"),
            ("land", "approval"),
            ("approval", "start"),
            ("admission", "approval"),
            ("admission", "start"),
            ("land", "start"),
        )
    },
    "E01.readable": [
        Example({at: None}, {}, at=at, notes=((at, "not_a_date", "去年"),), form=f)
        for f, at in ((C, "approved_on"), (D, "start_actual"))
    ],
    "E08.tail": [
        Example({**DONE, "month": "0.0001"}, {**DONE, "month": 0}),
        passes({**DONE, "month": -1}),
        passes({**DONE, "status": "1"}),
    ],
    "E09.short": [
        Example({**SHORT, "plan_total": 10000}, {**SHORT, "plan_total": "9999.9999"}),
        passes({**SHORT, "prod_ym": "2022-06"}),
    ],
    "E10.status": [passes({"status": "2", "prod_ym": "2022-06"}, previous={"status": "1"})],
    "E14.closed": [passes({"issues_closed": 1}, form=D)],
    **{f"E15.{s}": [passes({**NO_STAGES, f"{s}_actual": "2021-02"}, form=D)] for s in ("admission", "approval")},
    "E16.falls": [passes({"actual_ytd": 16001}, previous={}, form=D)],
    "F03.nested": [
        passes({"ytd": 5}, beside=({"indicator": "total_investment", "ytd": 12000},), form=U),
        Example({"ytd": 5}, {"ytd": 4}, beside=({"indicator": "industrial_investment", "ytd": 4},), form=C),
        passes({"ytd": 1}, beside=({"indicator": "industrial_investment", "ytd": 4},), form=C),
    ],
    "F17.falls": [
        passes({"ytd": 13000}, previous={}),
        passes({"ytd": 1, "measure": "count"}, previous={"measure": "count"}),
        passes({"ytd": 11999, "explanation": f"核查核减：{OVERRUN}"}, previous={}),
    ],
    "G.row": [Example({"plan_total": 10, "actual_ytd": "2.06"}, {}, previous={"actual_ytd": 16000}, form=D)],
    "G.plan": [Example({"plan_total": 1000000}, {}, previous={}, form=D)],
    "G.size": [Example({"plan_total": 30000001}, {"plan_total": 301, "lists": "市级亿元以上"}, form=D)],
    "B09.alike": [
        passes({"uscc": USCC, "plan_total": 90000}, beside=({"uscc": USCC, "project_name": "另一个完全不同的厂房"},))
    ],
}
"""Check id → examples. One may lack the failing side: a row that must pass."""
