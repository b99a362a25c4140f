"""The register of lake tables and the types derived from the fields: canonical facts of every form, raw rows,
quarantined rows, findings, ranking history, and the pointer to current submissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from .fields import FIELDS, STAGES, Field, FieldType

AMOUNT = pa.decimal128(20, 4)
"""Amounts are exact from the file to the table; SQL stores them as BIGINT scaled by AMOUNT_SCALE."""
AMOUNT_SCALE = 10_000

_ARROW: dict[FieldType, pa.DataType] = {
    "code": pa.string(),
    "text": pa.string(),
    "json": pa.string(),
    "month": pa.string(),
    "period": pa.string(),
    "amount": AMOUNT,
    "quantity": AMOUNT,
    "rate": pa.float64(),
    "integer": pa.int64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "flag": pa.bool_(),
}

SYSTEM = ("submission_id", "load_id", "period", "unit_code", "sheet", "row_no", "row_status", "value_status")
"""Columns every fact table begins with; written by the house, never read from a file."""

_CARRIED = ("reported_unit_code", "reported_unit_name", "reported_period")
FORM_FIELDS: dict[str, tuple[str, ...]] = {
    "project_month": (
        "reported_unit_code",
        "reported_unit_name",
        "reported_period",
        "site_code",
        "stat_project_no",
        "project_code",
        "project_name",
        "owner_name",
        "uscc",
        "industry_code",
        "reg_type",
        "holding",
        "affiliation",
        "nature",
        "status",
        "start_ym",
        "prod_ym",
        "plan_total",
        "cum_total",
        "ytd",
        "month",
        "build",
        "install",
        "build_install",
        "equip",
        "other",
        "old_equip",
        "renew_equip",
        "land_fee",
        "old_building",
        "new_fixed_assets",
        "funds_total",
        "funds_carried",
        "funds_budget",
        "funds_loans",
        "funds_bonds",
        "funds_foreign",
        "funds_self",
        "funds_other",
        "payables",
        "floor_under",
        "floor_done",
        "correction_code",
        "correction_wan_yuan",
        "doc_no",
        "na_flag",
        "explanation",
    ),
    "unit_month": (
        "reported_unit_code",
        "reported_unit_name",
        "reported_period",
        "indicator",
        "scope",
        "ytd",
        "ytd_last_year",
        "growth",
        "measure",
        "explanation",
    ),
    "city_month": (
        "area_code",
        "area_name",
        "reported_period",
        "indicator",
        "scope",
        "ytd",
        "base",
        "growth_official",
        "measure",
        "rank_level_province",
        "rank_growth_province",
        "restatement_reason",
        "approver",
        "approved_on",
        "explanation",
    ),
    "dispatch_month": (
        "reported_unit_code",
        "reported_unit_name",
        "reported_period",
        "project_code",
        "project_name",
        "lists",
        "plan_total",
        "annual_plan",
        "planned_ytd",
        "actual_ytd",
        *(f"{stage}_{kind}" for stage in STAGES for kind in ("plan", "actual")),
        "trial_actual",
        "commission_actual",
        "issues_due",
        "issues_closed",
        "issue_note",
        "need_note",
        "parent_code",
        "phase",
        "owner_name",
        "uscc",
        "site_code",
        "industry_code",
        "nature",
        "signed_actual",
        "start_on",
        "trial_on",
        "expected_output",
        "expected_tax",
        "automation_rate",
        "capacity_value",
        "capacity_unit",
        "land_area",
        "energy_use",
        "land_need",
        "energy_need",
        "funds_need",
        "stat_entry_ym",
        "lead_level",
        "themes",
        "updated_on",
        "na_flag",
        "explanation",
    ),
    "project_plan": (
        *_CARRIED,
        "project_code",
        "project_name",
        "annual_plan",
        "plan_m01",
        "plan_m02",
        "plan_m03",
        "plan_m04",
        "plan_m05",
        "plan_m06",
        "plan_m07",
        "plan_m08",
        "plan_m09",
        "plan_m10",
        "plan_m11",
        "plan_m12",
        "doc_no",
        "explanation",
    ),
    "issue_log": (
        *_CARRIED,
        "issue_no",
        "project_code",
        "project_name",
        "owner_name",
        "uscc",
        "issue_class",
        "issue_scale",
        "issue_text",
        "issue_owner",
        "owner_kind",
        "raised_on",
        "accepted_on",
        "handled_on",
        "closed_on",
        "assessed_on",
        "due_on",
        "assessment",
        "helper_code",
        "team_code",
        "explanation",
    ),
    "service_memo": (
        *_CARRIED,
        "team_code",
        "team_name",
        "meeting_on",
        "meeting_note",
        "site_on",
        "site_note",
        "review_on",
        "review_note",
        "memo_no",
        "memo_on",
        "memo_note",
        "issues_raised",
        "issues_solved",
        "explanation",
    ),
    "leader_assignment": (
        *_CARRIED,
        "project_code",
        "project_name",
        "leader_code",
        "leader_name",
        "leader_post",
        "leader_level",
        "team_code",
        "team_name",
        "team_head",
        "valid_from",
        "valid_to",
        "explanation",
    ),
    "helper_roster": (
        *_CARRIED,
        "helper_code",
        "helper_name",
        "helper_level",
        "helper_post",
        "helper_department",
        "uscc",
        "owner_name",
        "valid_from",
        "valid_to",
        "explanation",
    ),
    "visit_log": (
        *_CARRIED,
        "visit_no",
        "visited_on",
        "visitor_kind",
        "helper_code",
        "leader_code",
        "team_code",
        "uscc",
        "owner_name",
        "project_code",
        "visit_kind",
        "issue_no",
        "visit_note",
        "explanation",
    ),
    "approval_list": (
        *_CARRIED,
        "survey_round",
        "project_code",
        "project_name",
        "owner_name",
        "uscc",
        "industry_code",
        "site_code",
        "plan_total",
        "approval_kind",
        "approved_on",
        "start_on",
        "survey_source",
        "newly_found",
        "explanation",
    ),
    "inspection_reply": (
        *_CARRIED,
        "inspection_id",
        "project_code",
        "project_name",
        "replied_on",
        "reply_status",
        "measure_note",
        "rectified_on",
        "next_due_on",
        "doc_no",
        "explanation",
    ),
}
"""Registered forms: their fields in canonical order, whatever a programme's layout leaves out, so that rules and readers find the
same columns everywhere. A form of another name has the columns of its layout (`forms.FormLayout.fields`); a new column is code in
`fields`."""


@dataclass(frozen=True)
class LakeTable:
    """An Iceberg table: partitioned by period (identity), replaced by `period = P AND submission_id IN (load)`."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    zh: str
    en: str

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(FIELDS[name] for name in self.columns)

    @property
    def schema(self) -> pa.Schema:
        return arrow_schema(self.columns)


def arrow_type(field_type: FieldType) -> pa.DataType:
    """The Arrow type of a field type."""
    return _ARROW[field_type]


def arrow_schema(columns: tuple[str, ...]) -> pa.Schema:
    """Arrow schema of registered fields, all nullable (what is missing is a rule's business, not the type's)."""
    return _schema(tuple((name, FIELDS[name].type) for name in columns))


@cache
def _schema(columns: tuple[tuple[str, FieldType], ...]) -> pa.Schema:
    return pa.schema([pa.field(name, _ARROW[kind]) for name, kind in columns])


def rows_schema(fields: tuple[str, ...]) -> pa.Schema:
    """What harmonize returns for a form with these fields: sheet, row_no, value_status, then the fields."""
    return arrow_schema(("sheet", "row_no", "value_status", *fields))


def fact_table(form: str, fields: tuple[str, ...] = ()) -> LakeTable:
    """The lake table with the canonical rows of every version of a form; `fields` of one that is not registered here, or that has
    columns of the programme's own."""
    return LakeTable(
        f"fact_{form}",
        (*SYSTEM, *(fields or FORM_FIELDS[form])),
        ("submission_id", "row_no"),
        f"{form} 各版本标准化数据",
        f"canonical rows of every version of {form}",
    )


LAKE_TABLES: tuple[LakeTable, ...] = (
    LakeTable(
        "raw_rows",
        ("submission_id", "load_id", "period", "unit_code", "form", "sheet", "row_no", "row_class", "cells"),
        ("submission_id", "row_no"),
        "原始行",
        "every row of every file as sent",
    ),
    *(fact_table(form) for form in FORM_FIELDS),
    LakeTable(
        "quarantined_rows",
        ("submission_id", "load_id", "period", "unit_code", "form", "sheet", "row_no", "rules", "cells"),
        ("submission_id", "row_no"),
        "隔离行",
        "rows held back by an error, as sent",
    ),
    LakeTable(
        "findings",
        (
            "verdict_id",
            "submission_id",
            "load_id",
            "period",
            "unit_code",
            "form",
            "rule",
            "level",
            "severity",
            "sheet",
            "cell",
            "row_no",
            "field",
            "value",
            "message_zh",
            "message_en",
            "answered",
        ),
        ("verdict_id", "rule", "row_no", "field"),
        "审核发现",
        "findings of every verdict",
    ),
    LakeTable(
        "ranking_history",
        ("edition_id", "load_id", "period", "unit_code", "method", "rank", "score", "points", "deductions", "remarks"),
        ("edition_id", "unit_code"),
        "历次位次",
        "ranking of every edition",
    ),
    LakeTable(
        "current_submissions",
        ("period", "unit_code", "form", "submission_id", "load_id", "version", "arrived_at"),
        ("period", "unit_code", "form"),
        "现行报送",
        "the submission that counts, for engines that read the lake",
    ),
)

TABLES: dict[str, LakeTable] = {t.name: t for t in LAKE_TABLES}


@dataclass(frozen=True)
class TableRegister:
    """The lake tables of a home by name: the registered ones, and the fact table of every further form of its programme."""

    tables: Mapping[str, LakeTable]
    forms: tuple[str, ...]

    def fact(self, form: str) -> LakeTable:
        return self.tables[f"fact_{form}"]

    def __getitem__(self, name: str) -> LakeTable:
        return self.tables[name]

    @property
    def further_forms(self) -> tuple[str, ...]:
        """Forms that only the programme knows, or has columns of its own in: their SQL tables follow the layout, not the
        migrations."""
        return tuple(form for form in self.forms if self.fact(form).columns != (*SYSTEM, *FORM_FIELDS.get(form, ())))


def table_register(fields: Mapping[str, tuple[str, ...]] | None = None) -> TableRegister:
    """The register for these forms (name → fields)."""
    further = {form: own for form, own in (fields or {}).items() if own != FORM_FIELDS.get(form)}
    facts = {table.name: table for table in (fact_table(form, own) for form, own in further.items())}
    return TableRegister({**TABLES, **facts}, tuple(dict.fromkeys((*FORM_FIELDS, *further))))
