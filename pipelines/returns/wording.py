"""Words of the workbooks and receipts in the language of the programme: Chinese with English beside it, or English alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..model.fields import FIELDS
from ..model.findings import Finding, verdict_label
from ..model.forms import LOCKED_COLUMN, LOCKED_COLUMN_EN, REMARKS_COLUMN, REMARKS_COLUMN_EN, FormColumn, FormLayout
from ..model.periods import Period
from .verdict import SEVERITIES, Returning

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_KINDS: Mapping[str, tuple[str, str]] = {
    "amount": ("数值，最多四位小数", "a number, at most four decimals"),
    "quantity": ("数值", "a number"),
    "integer": ("整数", "a whole number"),
    "rate": ("百分数，例如 24.1", "percent, such as 24.1"),
    "month": ("年月，例如 2022-06", "a month, such as 2022-06"),
    "period": ("报告期，按本表的写法", "the period, as this form writes it"),
    "date": ("日期，例如 2022-06-30", "a date, such as 2022-06-30"),
    "code": ("代码或名称", "a code or name"),
    "text": ("文字", "text"),
}


def _other_period(period: Period) -> str:
    if period.kind == "quarter":
        return f"{period.year}年第{'一二三四'[period.month // 3 - 1]}季度"
    if period.kind == "week":
        return f"{period.year}年第{period.number}周"
    return f"{period.year}年" if period.kind == "year" else f"{period.year}年{period.month}月{period.number}日"


@dataclass(frozen=True)
class Wording:
    """What a workbook or receipt says; `english`: in English alone."""

    english: bool = False

    def of(self, zh: str, en: str) -> str:
        """The text of the language."""
        return en if self.english else zh

    def both(self, zh: str, en: str) -> str:
        """Chinese and English side by side, or English alone."""
        return en if self.english else f"{zh} / {en}"

    def verdict(self, word: str, held: int = 0) -> str:
        return self.both(*verdict_label(word, held))

    def root_cause(self, returning: Returning) -> str:
        """What the rest follows from, in one line; '' for a file without findings that ask for anything."""
        cause, others = returning.root_cause
        if cause is None:
            return ""
        severity = self.of(*SEVERITIES[cause.severity])
        more = self.of(f"（另有 {others} 条）", f" ({others} more)") if others else ""
        return f"[{severity} {cause.rule}] {self.message(cause)}{more}"

    def form_name(self, layout: FormLayout) -> str:
        return self.of(layout.zh, layout.en)

    def span(self, period: Period) -> str:
        """From January to the period: 2022年1-6月, January–June 2022; periods of other kinds stand for themselves."""
        if period.kind != "month":
            return str(period) if self.english else _other_period(period)
        if not self.english:
            return f"{period.year}年1-{period.month}月"
        until = MONTHS[period.month - 1]
        return f"{until if period.month == 1 else f'January–{until}'} {period.year}"

    def heading(self, unit: str, period: Period, layout: FormLayout) -> str:
        if self.english:
            return f"{unit}: {layout.en}, {self.span(period)}"
        return f"{unit}{self.span(period)}{layout.zh}"

    @property
    def locked_column(self) -> str:
        return self.of(LOCKED_COLUMN, LOCKED_COLUMN_EN)

    @property
    def remarks_column(self) -> str:
        return self.of(REMARKS_COLUMN, REMARKS_COLUMN_EN)

    def explanation_column(self, layout: FormLayout) -> str:
        """Header under which the layout's own reader finds explanations."""
        column = layout.column("explanation")
        named = column.aliases[0] if column and column.aliases else "上报说明"
        return named if self.english else "上报说明"

    def field_name(self, field: str) -> str:
        if field not in FIELDS:
            return field
        return self.of(FIELDS[field].zh, FIELDS[field].en)

    def column_name(self, column: FormColumn) -> str:
        """Its first header in the layout; two levels are written group|name."""
        return column.aliases[0] if column.aliases else self.field_name(column.field)

    def column_note(self, column: FormColumn, unit: str) -> str:
        """What a column of a template asks."""
        field = FIELDS[column.field]
        zh, en = _KINDS.get(field.type, ("", ""))
        if self.english:
            must = "required" if column.required else "where there is one"
            return f"{field.en} ({must}; {en}{f'; unit: {unit}' if unit else ''})"
        must = "必填列" if column.required else "有则填"
        return f"{field.zh}（{must}；{zh}{f'；单位：{unit}' if unit else ''}）\n{field.en}"

    def to_do(self, finding: Finding) -> str:
        """What the sender has to do about a finding, by its severity, in both languages or in English alone."""
        return self.both(*_to_do(finding, self.of("上报说明", "the explanation column")))

    def advice(self, finding: Finding) -> str:
        """The same in the language of the workbook."""
        return self.of(*_to_do(finding, self.of("上报说明", "the explanation column")))

    def message(self, finding: Finding) -> str:
        return self.of(finding.message_zh, finding.message_en)


def _to_do(finding: Finding, explanation: str) -> tuple[str, str]:
    if finding.severity == "error":
        return "须更正后重新报送", "correct it and send the file again"
    if finding.severity == "query" and finding.answered:
        return "已说明，待市统计局核定", "explained; the bureau decides"
    if finding.severity == "query":
        zh = "核实：有误则更正；无误则在该行“上报说明”写明原因（至少十个字）"
        return zh, f"check it: correct it, or say why in {explanation}"
    return "供参考", "for information"
