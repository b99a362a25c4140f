"""B16: rows whose name or remark says that they are not meant: 作废, 已撤销, 重复请删除. They were counted without a word."""

from ..rule import EVERY_FORM, Check, Example, Rule
from .names import BLANK, DIGIT

_VOID = f"(?:作{BLANK}*废|删{BLANK}*除|删去|删掉|撤{BLANK}*[销消]|注{BLANK}*销|取{BLANK}*消|废除|剔除)"
_ROW = "(?:行|条|笔|栏|项目?|数据|记录)"
_AGAIN = f"重复(?:{_ROW}|上报|录入|填报|统计|入库)?"
_STATE = "(?:已经?|应|请|须|需|拟|待|为|系|是|均|予以|申请|建议|数据|金额)"
_NOT = "(?:不计入?|不统计|不上报|请?勿(?:统计|计入|汇总|采用|录入))"
_STOP = "[，,、；;。：:—_＿*＊/\\- ]"
_MARK = (
    f"(?:[此本该这]{_ROW})?(?:{_AGAIN}{_STOP}*)?{_STATE}{{0,3}}(?:{_VOID}|{_NOT}|退库|无效)(?:了|处理|{_ROW})?|{_AGAIN}|"
    "(?i:void(?:ed)?|deleted?|cancell?ed|duplicate|withdrawn|do not (?:count|use))"
)
"""A mark that fills its brackets, or stands before or behind a name: 已撤销, 重复，请删除. 取消二期 says something of the project."""
VOID_HINT = "作|删|撤|注|取|废|剔|不计|不统|不上报|勿|退库|无效|重复|测试|试填|(?i:void|delete|cancel|dupl|withdr|do not|test|this row)"
"""A text without any of these is never void: few texts of a country's month are looked at closely."""
VOID_NAME = (
    rf"[（(【\[〔]{BLANK}*(?:{_MARK})[!！。]?{BLANK}*[）)】\]〕]|"
    rf"\A{BLANK}*(?:{_MARK})[!！。]?(?:{BLANK}*\Z|{BLANK}*[:：—_/-])|"
    rf"(?:{_STOP}{BLANK}*(?:{_MARK})|已作废|[此本]{_ROW}作废|已删除|请删除|请?勿统计|作废)[!！。]?{BLANK}*\Z|"
    rf"\A{BLANK}*(?:(?:测试|试填)(?:{_ROW}|用)?|(?i:test)){DIGIT}*{BLANK}*\Z"
)
"""Names of entries that are void. In the middle of a name the characters are others' (制作废料回收, 操作废气处理)."""
VOID_REMARK = (
    rf"(?:[此本该这]|上述|以上){_ROW}{_STATE}{{0,3}}(?:{_AGAIN}{_STOP}*)?{_STATE}{{0,2}}(?:{_VOID}|{_NOT}|无效)(?:处理|了)?(?:[，,。；;、!！）)]|{BLANK}|\Z)|"
    rf"\A{BLANK}*(?:{_MARK})[!！。]?{BLANK}*\Z|"
    rf"(?:\A|[^申邀聘])请(?:予以?|给予|市局|贵局|后台|协助|帮忙?|直接|统一|将?[此本该这]{_ROW}){{0,3}}(?:{_VOID})|"
    rf"{_AGAIN}{_STOP}*(?:请|应|须|需|待|拟)(?:予以)?(?:{_VOID})|与(?:本表)?第{DIGIT}+[行条](?:项目|数据)?重复|"
    rf"[此本]{_ROW}[为系是]?{_AGAIN}[。!！]?{BLANK}*\Z|勿(?:统计|计入|汇总|采用|录入)|(?i:\A(?:void|deleted|duplicate)\W*\Z|this row is (?:void|deleted|a duplicate)|do not count)"
)
"""Remarks that void their row."""
STANDS = (
    rf"(?:不(?:应|得|能|可|要|必|需|予|是)?|无[需须]|非|勿|未(?:被|予)?|没有?|不存在)(?:予以)?(?:{_VOID}|重复)|"
    "已剔除|核减|冲减|扣减|调减|重复剔除|退货|审计|更正"
)
"""Words of a remark after which the row stands: it is not void, or its figure has been corrected (correction codes)."""

VOID_RULES: tuple[Rule, ...] = (
    Rule(
        id="B16",
        level=1,
        severity="query",
        scope="row",
        forms=EVERY_FORM,
        formula="项目名称、上报说明没有写明该行作废、删除、撤销、重复或为试填 / neither name nor remark says that the row is void, deleted, "
        "withdrawn, repeated or a trial",
        message_zh="{project_name}，看来这一行不应上报，但仍作为数据计入。不应上报的请删去该行后重新报送；应当计入的请改正名称，或在上报说明中写明。",
        message_en="{project_name}: the row seems not to be meant, and is still counted. Delete it and send the file again; correct the name, or "
        "explain, if it is to be counted.",
        reason="写明作废的行仍在计数 / a row that is said to be void is still counted",
        checks=(
            Check(
                "B16.name",
                "ExpectColumnValuesToBeInSet",
                {"column": "name_stands", "value_set": [True]},
                fields=("project_name",),
                looks_at=("name_stands",),
                example=Example(
                    {"project_name": "年产 5GW 组件项目（已撤销）"}, {"project_name": "年产 2 万吨制作废料回收项目"}
                ),
            ),
            Check(
                "B16.remark",
                "ExpectColumnValuesToBeInSet",
                {"column": "remark_stands", "value_set": [True]},
                fields=("explanation",),
                looks_at=("remark_stands",),
                message_zh="{explanation}，但该行仍作为数据计入。不应上报的请删去该行后重新报送；应当计入的请改写说明。",
                message_en="{explanation}, but the row is still counted. Delete it and send the file again, or write the remark anew if it is to be "
                "counted.",
                example=Example({"explanation": "此行作废"}, {"explanation": "原备案已撤销，按新备案代码上报"}),
            ),
        ),
    ),
)
