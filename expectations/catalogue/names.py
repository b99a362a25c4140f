"""B03, B06, B09–B12, B15: what a project is called, where it stands and whether it stands there twice (domain.md §2.7 B)."""

from ..examples import USCC
from ..rule import PROJECT, Check, Example, Rule

WORKS = (
    r"房地产|商品房|商品住宅|住宅小区|安置房|棚户区|公路|高速|道路|市政|桥梁|隧道|轨道交通|航道|水库|河道整治|"
    r"光伏发电|光伏电站|风电场|风力发电|变电站|输变电|输电线路|污水处理厂|自来水厂|垃圾焚烧|学校|医院|养老院|商业综合体|酒店|物流园"
)
"""Names of works that are no manufacturing (房地产 K70, 道路 E48, 光伏发电 D44 …), unless the name says that something is made."""
MADE = r"制造|生产|年产|加工|设备|装备|组件|部件|零件|配件|材料|用品|产业园|标准厂房|仪器|机械"
"""Words of a name that say that something is made."""
SIMILAR = 0.9
"""B09: names at least this similar (Ratcliff–Obershelp) are the same project (domain.md §2.7)."""
SITES_FEWEST = 3
"""B06: fewer sites elsewhere are asked one by one; more, and most of the file, are an error of the file."""
BLANK = "[ \t\n\r\x0b\x0c\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
"""What Python's `\\s` stands for: written out, a pattern is matched a column at a time (RE2) and not name by name."""
DIGIT = "[0-9０-９]"
"""Digits as people write them: `\\d` stands for all of Unicode in Python, and a pattern with it is matched name by name too."""
TOTAL_NAME = (
    rf"\A{BLANK}*(?:[^项目厂线]{{0,10}}?(?:合{BLANK}*计|总{BLANK}*计|共{BLANK}*计|小{BLANK}*计|汇{BLANK}*总|累{BLANK}*计)(?:数|额)?|"
    rf"其中|全县|全市|全区|全省|(?i:grand{BLANK}+total|sub-?total|total|sum)){BLANK}*(?:[:：(（].*)?\Z"
)
"""Names that are words of a total and no project's."""
SAMPLE_NAME = (
    rf"\A{BLANK}*[（(【\[]?(?:填表|填报)?(?:示例|样例|范例|举例){BLANK}*(?:[）)】\]:：、，,（(].*|项目|行|{DIGIT}*)\Z|"
    rf"\A.*[（(【\[](?:填表|填报)?(?:示例|样例|范例)[）)】\]]{BLANK}*\Z"
)
"""Names of the row that shows how a form is filled in."""
_NO_LIBRARY = "方案没有项目库审批记录 / the programme has no records of the project library"

NAME_RULES: tuple[Rule, ...] = (
    Rule(
        id="B03",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        formula="项目名称不含非制造业工程的关键词（房地产、道路、光伏发电等） / the name names no works outside manufacturing",
        message_zh="{project_name}，与{industry_code.of}所属的制造业不符。请核对行业代码；名称如此而确属制造业的请在上报说明中写明。",
        message_en="{project_name}: does not fit manufacturing, {industry_code.of}. Check the industry, or explain.",
        reason="行业代码应与建设内容相符 / the code has to fit what is built",
        checks=(
            Check(
                "B03.keywords",
                "ExpectColumnValuesToNotMatchRegexUnless",
                {"column": "project_name", "regex": WORKS, "unless": MADE},
                fields=("project_name", "industry_code"),
                looks_at=("project_name",),
                example=Example({"project_name": "海宁某商品房开发项目"}, {"project_name": "光伏发电设备生产线项目"}),
            ),
        ),
    ),
    Rule(
        id="B06",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        formula="项目代码的地区段 = 建设地址区划的县，或本单位认可的代码 / region of project_code = county of site_code or an "
        "accepted code of the sender",
        message_zh="{project_code}的地区段与{site_code.of}、本单位（{unit_name} {unit_code}）都不符。请核对建设地址；跨区赋码的请在上报说明中写明。",
        message_en="{project_code}: its region fits neither {site_code.of} nor the sender ({unit_name} {unit_code}). Check the site, "
        "or explain.",
        reason="项目在地原则 / projects are counted where they stand",
        checks=(
            Check(
                "B06.region",
                "ExpectColumnValuesToBeInSet",
                {"column": "code_region_fits", "value_set": [True]},
                fields=("project_code", "site_code"),
                looks_at=("code_region_fits",),
                grouped=True,
                example=Example(
                    {"project_code": "2101-330482-04-01-123456"}, {"project_code": "2101-330400-04-01-123456"}
                ),
            ),
            Check(
                "B06.site",
                "ExpectColumnValuesToBeInSet",
                {"column": "site_in_unit", "value_set": [True]},
                fields=("site_code",),
                looks_at=("site_in_unit",),
                grouped=True,
                message_zh="{site_code}，不在本单位（{unit_name} {unit_code}）辖区。项目按建设地址统计，请核对；确由本单位统计的请在上报说明中写明依据。",
                message_en="{site_code}: not in the area of the sender ({unit_name} {unit_code}). Projects are counted where they stand: check it, "
                "or explain why the unit counts it.",
                example=Example({"site_code": "330482101"}, {"site_code": "330400101"}),
            ),
        ),
        kinds={
            "most": (
                "{rows} 行中有 {elsewhere} 行的建设地址不在本单位（{unit_name} {unit_code}）辖区（如{cells}）。请核对是否误报了别县的表；"
                "建设地址区划填错的请改正后重新报送。",
                "{elsewhere} of {rows} rows stand outside the area of the sender ({unit_name} {unit_code}), such as {cells}. Perhaps "
                "another county's table was sent; correct the area codes and send the file again.",
            )
        },
    ),
    Rule(
        id="B15",
        level=1,
        severity="error",
        scope="row",
        forms=("project_month", "dispatch_month"),
        formula="项目名称不是合计、小计等汇总行或填表示例行的名称 / the name is not that of a total or of the sample row of a form",
        message_zh="{project_name}，是汇总行或示例行的名称，不是项目。汇总行请清空编码、代码等项目栏后放在表尾，或删去；"
        "示例行请删去；确是项目的请填全称。",
        message_en="{project_name}: the name of a total or of a sample row, not of a project. Of a total, empty the columns of codes and put "
        "the row at the end, or delete it; delete a sample; write the full name if it is a project.",
        reason="汇总行、示例行当作项目会多计 / a total or a sample counted as a project counts too much",
        checks=(
            Check(
                "B15.total",
                "ExpectColumnValuesToNotMatchRegex",
                {"column": "project_name", "regex": f"{TOTAL_NAME}|{SAMPLE_NAME}"},
                fields=("project_name",),
                looks_at=("project_name",),
                example=Example({"project_name": "海宁市合计"}, {"project_name": "年产 3 万台数据汇总设备项目"}),
            ),
        ),
    ),
    Rule(
        id="B09",
        level=1,
        severity="query",
        scope="row",
        forms=PROJECT,
        formula="同一 uscc 的两行不得名称相似度 ≥ 0.9（期次不同除外），也不得 plan_total 与 start_ym 都相同 / no two rows of one enterprise "
        "with similar names, or with equal plan and start",
        message_zh="{project_name}与第 {same_rows} 行（{uscc.of}）疑为同一项目（{plan_total}，{start_ym}）。请核对是否重复或拆分；"
        "确为不同项目的请在上报说明中写明。",
        message_en="{project_name}: looks like row {same_rows} of the same enterprise ({uscc}; {plan_total}; {start_ym}). Check for a "
        "repeated or split project, or explain.",
        reason="重复或拆分入库 / repeated or split entries",
        checks=(
            Check(
                "B09.alike",
                "ExpectColumnValuesToBeInSet",
                {"column": "stands_alone", "value_set": [True]},
                fields=("project_name", "uscc", "plan_total", "start_ym"),
                looks_at=("stands_alone",),
                example=Example(
                    {"uscc": USCC},
                    {"uscc": USCC, "start_ym": "2021-04"},
                    beside=({"uscc": USCC, "project_name": "另一个完全不同的厂房"},),
                ),
            ),
        ),
    ),
    Rule(
        id="B10",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="earlier",
        formula="project_name(t) = project_name(t−1)，有更正代码或变动表更名的除外 / the name is unchanged unless corrected or stated in the 变动表",
        message_zh="{project_name}，上次（{previous_period}）为「{bound_project_name}」。项目名称不得随意变更；"
        "更名的请在变动表写明，或填更正代码，或在上报说明中写明。",
        message_en="{project_name}, but in {previous_period} it was {bound_project_name}. Names do not change at will: give a correction "
        "code, or explain.",
        reason="名称不得随意变更 / names must not be changed at will",
        checks=(
            Check(
                "B10.kept",
                "ExpectColumnValuesToBeInSet",
                {"column": "name_kept", "value_set": [True]},
                fields=("project_name",),
                looks_at=("name_kept", "bound_project_name"),
                example=Example(
                    {"project_name": "新名"},
                    {"project_name": "新名", "correction_code": "填报更正"},
                    previous={"project_name": "旧名"},
                ),
            ),
        ),
    ),
    Rule(
        id="B11",
        level=4,
        severity="error",
        scope="row",
        forms=PROJECT,
        unavailable=_NO_LIBRARY,
        formula="项目已入库（审批通过，入库期 ≤ t） / the project's entry in the library is approved",
        message_zh="{subject}，不在项目库中。先入库，后有数。",
        message_en="{subject}: not in the project library. Entry comes before figures.",
        reason="先入库，后有数 / entry before figures",
    ),
    Rule(
        id="B12",
        level=4,
        severity="query",
        scope="row",
        forms=PROJECT,
        unavailable=_NO_LIBRARY,
        formula="建设单位的 uscc、名称 = 审批记录 / owner's code and name equal the approval record",
        message_zh="{subject}，与审批记录不一致。请核对建设单位。",
        message_en="{subject}: differs from the approval record. Check the owner.",
        reason="主体不一致是不予入库的常见原因 / a frequent ground of refusal",
    ),
)
