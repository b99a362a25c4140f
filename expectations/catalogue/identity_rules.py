"""B: identity and code lists (domain.md §2.7 B, domain_decisions §2: B04, B05 and B13 are queries)."""

from ..rule import EVERY_FORM, PROJECT, Check, Example, Given, Rule

PROJECT_CODE = (
    r"\A(?:[0-9]{2}(?:0[1-9]|1[0-2])|19[0-9]{2}|20(?:[01][0-9]|20))-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{5}[0-9A-Z]\Z"
)
"""GB/T 40058: YYMM-RRRRRR-DD-TT-XXXXXC; before November 2020 YYYY-RRRRRR-II-TT-NNNNNN (domain.md §2.5; the check digit's
algorithm is not public, so only layout and month are looked at)."""

CODE_LISTS = {
    "nature": "project_month",
    "status": "project_month",
    "affiliation": "project_month",
    "holding": "project_month",
    "reg_type": "project_month",
    "correction_code": "project_month",
    "lead_level": "dispatch_month",
    "issue_class": "issue_log",
    "issue_scale": "issue_log",
    "owner_kind": "issue_log",
    "assessment": "issue_log",
    "leader_level": "leader_assignment",
    "helper_level": "helper_roster",
    "visitor_kind": "visit_log",
    "visit_kind": "visit_log",
    "approval_kind": "approval_list",
    "newly_found": "approval_list",
    "reply_status": "inspection_reply",
}
"""Fields with a code list, and the form of their example."""

IDENTITY: tuple[Rule, ...] = (
    Rule(
        id="B01",
        level=1,
        severity="error",
        scope="row",
        forms=EVERY_FORM,
        formula="报送单位在报告期内有效；行内代码 ∈ 本单位代码 ∪ accepted_codes(city_month：各单位和全市)/ the unit is valid at the "
        "period; codes in rows are the unit's or accepted ones",
        message_zh="{subject}，不是本单位（{unit_name} {unit_code}）的代码、名称或认可代码。请改为本单位的；辖区交叉的请联系市局登记。",
        message_en="{subject}: not the sender's ({unit_name} {unit_code}), nor an accepted code. Correct it, or ask "
        "the bureau to register the code.",
        reason="项目在地；代码表有有效期 / projects are counted where they are; code lists have dates",
        checks=(
            *(
                Check(
                    f"B01.{name}",
                    "ExpectColumnValuesToBeInSet",
                    {"column": f"unit_{name}_accepted", "value_set": [True]},
                    fields=(f"reported_unit_{name}",),
                    looks_at=(f"reported_unit_{name}",),
                    example=Example({f"reported_unit_{name}": fails}, {f"reported_unit_{name}": passes}),
                )
                for name, fails, passes in (("code", "330482", "330400"), ("name", "平湖市", "海宁"))
            ),
            Check(
                "B01.area",
                "ExpectColumnValuesToBeInSet",
                {"column": "area_code", "value_set": Given("areas")},
                fields=("area_code",),
                looks_at=("area_code",),
                forms=("city_month",),
                message_zh="{area_code}，不是报告期内有效的单位，也不是全市代码。请改正地区代码。",
                message_en="{area_code}: neither a unit valid in the period nor the whole city. Correct the area code.",
                example=Example({"area_code": "330199"}, {"area_code": "330400"}),
            ),
        ),
        kinds={
            "unit": (
                "报送单位 {unit_code} 在 {period} 不是有效的报送单位。请联系市局核对单位表。",
                "The sender {unit_code} is not a valid unit in {period}. Ask the bureau to check the roster.",
            )
        },
    ),
    Rule(
        id="B02",
        level=1,
        severity="error",
        scope="row",
        forms=PROJECT,
        formula="industry_code ∈ GB/T 4754-2017 小类,13 ≤ 大类 ≤ 43 / class of GB/T 4754-2017 in divisions 13–43",
        message_zh="{industry_code}，不是制造业（13—43 大类）的 4 位行业小类代码。请按 GB/T 4754-2017 改正；不属制造业的项目请从本表删去。",
        message_en="{industry_code}: not a four-digit class of manufacturing (divisions 13–43, GB/T 4754-2017). Correct it, or take "
        "the project out of this form.",
        reason="制造业口径 / scope of manufacturing",
        checks=(
            Check(
                "B02.class",
                "ExpectColumnValuesToBeInSet",
                {"column": "industry_code", "value_set": Given("industries")},
                fields=("industry_code",),
                looks_at=("industry_code",),
                example=Example({"industry_code": "4411"}, {"industry_code": "1311"}),
            ),
        ),
    ),
    Rule(
        id="B04",
        level=1,
        severity="query",
        scope="row",
        forms=EVERY_FORM,
        formula="uscc:18 位,字符集不含 I O S V Z,校验位 = A[(31 − Σ cᵢ·3^(i−1) mod 31) mod 31] / GB 32100 check digit",
        message_zh="{uscc}，不是有效的统一社会信用代码（位数、字符或校验位不对）。请对照营业执照核对；确实无误的请在上报说明中写明。",
        message_en="{uscc}: not a valid unified social credit code (length, characters or check digit). Compare it with the licence, "
        "or explain.",
        reason="GB 32100；错码会把项目记到别的企业 / a wrong code books the project on another enterprise",
        checks=(
            Check(
                "B04.uscc",
                "ExpectColumnValuesToBeUnifiedSocialCreditCodes",
                {"column": "uscc"},
                fields=("uscc",),
                looks_at=("uscc",),
                example=Example({"uscc": "91350100M000100Y44"}, {"uscc": "91110108551385082Q"}),
            ),
        ),
    ),
    Rule(
        id="B05",
        level=1,
        severity="query",
        scope="row",
        forms=EVERY_FORM,
        formula="project_code:YYMM-RRRRRR-DD-TT-XXXXXC,或 2020 年 11 月前的 YYYY-RRRRRR-II-TT-NNNNNN / layout of GB/T 40058",
        message_zh="{project_code}，不符合在线平台项目代码的格式（如 2105-330481-04-01-123456）。请核对赋码；老项目请在上报说明中写明。",
        message_en="{project_code}: not the layout of a project code (such as 2105-330481-04-01-123456). Check it, or explain.",
        reason="GB/T 40058：一个项目终身一个代码 / one code for a project's whole life",
        checks=(
            Check(
                "B05.layout",
                "ExpectColumnValuesToMatchRegex",
                {"column": "project_code", "regex": PROJECT_CODE},
                fields=("project_code",),
                looks_at=("project_code",),
                example=Example(
                    {"project_code": "2113-330481-04-01-123456"}, {"project_code": "2019-330481-38-03-012345"}
                ),
            ),
        ),
    ),
    Rule(
        id="B07",
        level=1,
        severity="error",
        scope="row",
        forms=EVERY_FORM,
        formula="（期，单位，主键） 唯一；项目表主键为 stat_project_no，一个项目代码可含多期 / the form's key is unique in a submission",
        message_zh="{key}，在本表第 {same_rows} 行重复出现。请删去或合并重复的行。",
        message_en="{key} occurs again on row {same_rows}. Delete or merge the repeated rows.",
        reason="重复的行会重复计数 / a repeated row is counted twice",
        checks=(
            Check(
                "B07.key",
                "ExpectCompoundColumnsToBeUnique",
                {"column_list": Given("key"), "ignore_row_if": "any_value_is_missing"},
                looks_at=("key",),
                example=Example(
                    {"stat_project_no": "33048100022002"},
                    {"stat_project_no": "33048100022001"},
                    at="stat_project_no",
                    beside=({},),
                ),
            ),
        ),
    ),
    Rule(
        id="B08",
        level=3,
        severity="query",
        scope="period",
        forms=PROJECT,
        formula="同一报告期，同一 project_code 不出现在两个单位 / a project code stands in one unit only",
        message_zh="项目代码 {code} 同时由{units}报送（{rows}）。全市只计一次；请两地与市局核实归属，并在上报说明中写明。",
        message_en="Project code {code} is reported by {units} ({rows}). The city counts it once: settle where it belongs and explain.",
        reason="跨区域重复计数 / double counting across regions",
    ),
    Rule(
        id="B13",
        level=1,
        severity="query",
        scope="row",
        forms=EVERY_FORM,
        formula="有代码表的字段（建设性质、建设状态、问题类别……）∈ 代码表 / fields with a code list hold its values",
        message_zh="{subject}，不在代码表中。请按代码表填写（可填代码或名称）。",
        message_en="{subject}: not in the code list. Use a code or name of the list.",
        reason="代码表随制度变化，未溯源前为核实性 / lists change with the survey plan; a query until they are sourced",
        checks=tuple(
            Check(
                f"B13.{name}",
                "ExpectColumnValuesToBeInSet",
                {"column": name, "value_set": Given(f"list:{name}")},
                fields=(name,),
                looks_at=(name,),
                example=Example({name: "不在表中"}, form=form),
            )
            for name, form in CODE_LISTS.items()
        ),
    ),
    Rule(
        id="B14",
        level=1,
        severity="error",
        scope="row",
        forms=EVERY_FORM,
        formula="各报表 forms/*.toml 列明的必填项（non_empty、required_cells）非空，也不是“—”“…”“无”“/”；代码和名称类单元格完好 / cells the form wants "
        "are filled, and not by a missing mark; cells of codes and names are intact",
        message_zh="{place}为必填项，不能为空或填“—”“无”“/”。请补填。",
        message_en="{place} is required and must not be empty, — or 无. Fill it in.",
        reason="没有标识的行无法核对，空着的数不能当作 0 或不适用 / a row without identity cannot be checked; a missing figure is not zero",
        revision=2,
        checks=(
            Check(
                "B14",
                "ExpectColumnValuesToNotBeNull",
                {"column": Given("required")},
                each="required",
                example=Example({"project_name": None}, at="project_name"),
            ),
            Check(
                "B14.damaged",
                "ExpectColumnValuesToBeBetween",
                {"column": "damaged_codes", "max_value": 0},
                noted="code",
                example=Example({"uscc": None}, {"uscc": None}, at="uscc", notes=(("uscc", "digits_lost", "9.1E+17"),)),
            ),
        ),
        kinds={
            "number": (
                "{place}为必填数，不能为空，也不能填“—”“…”“无”。请填数字；本期没有发生的填 0。",
                "{place} is a required figure and must not be empty, —, … or 无. Fill in a number; 0 where nothing happened.",
            ),
            "month": (
                "{place}为必填年月，不能为空或填“—”“无”。请填如 2022-06。",
                "{place} is a required month and must not be empty, — or 无. Fill it in, like 2022-06.",
            ),
            "day": (
                "{place}为必填日期，不能为空或填“—”“无”。请填如 2022-06-28。",
                "{place} is a required date and must not be empty, — or 无. Fill it in, like 2022-06-28.",
            ),
            "waivable": (
                "{place}为必填项，不能为空或填“—”“无”。请补填；本项目确无此环节的，请在不适用标记中填「{flags}」。",
                "{place} is required and must not be empty, — or 无. Fill it in, or name {flags} in 不适用标记 where the project has no such stage.",
            ),
            "any_of": (
                "{condition}{labels}全部为空。请至少填其中一项；没有发生的填 0。",
                "{condition}{labels} are all empty. Fill in at least one of them; 0 where nothing happened.",
            ),
            "not_in_code_list": (
                "{place}为「{value}」，不在本表可填的内容中。请按模板填写。",
                "{place} is {value!r}, which the form does not know. Use the template.",
            ),
            "digits_lost": (
                "{place}为「{value}」，长代码被存成了数字，后几位已丢失。请先把该列设为文本，从原系统重新填入后再存成 CSV 或工作簿。",
                "{place} is {value!r}: a long code stored as a number has lost digits. Format the column as text and fill it in "
                "again before saving.",
            ),
            "two_values": (
                "{place}为「{value}」，一格里有两行。请只填一个代码。",
                "{place} is {value!r}: two lines in one cell. Fill in one code.",
            ),
            "letter_for_digit": (
                "{place}为「{value}」，其中有像数字的字母（O、l、I 等）。请改为数字。",
                "{place} is {value!r}: it holds letters that look like digits (O, l, I …). Write digits.",
            ),
            "formula_without_value": (
                "{place}是没有结果的公式。请粘贴为数值。",
                "{place} is a formula without a stored result. Paste it as a value.",
            ),
            "error_value": ("{place}为错误值 {value}。请改正。", "{place} is the error {value}. Correct it."),
        },
    ),
)
