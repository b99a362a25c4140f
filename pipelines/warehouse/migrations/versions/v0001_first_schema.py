"""First schema: ledger, loads, current facts, month closes, editions, sign-offs, audit chain.

Written out from `schema.METADATA` and frozen; a declarative register: the 300-line limit does not bind it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates every table, then the triggers that keep the audit log append-only."""
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_log")),
    )
    op.create_table(
        "current_city_month",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("row_status", sa.Text(), nullable=True),
        sa.Column("value_status", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("area_name", sa.Text(), nullable=True),
        sa.Column("reported_period", sa.Text(), nullable=True),
        sa.Column("indicator", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("ytd", sa.BigInteger(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("growth_official", sa.Double(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("rank_level_province", sa.BigInteger(), nullable=True),
        sa.Column("rank_growth_province", sa.BigInteger(), nullable=True),
        sa.Column("restatement_reason", sa.Text(), nullable=True),
        sa.Column("approver", sa.Text(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("submission_id", "row_no", name=op.f("pk_current_city_month")),
    )
    op.create_index(
        op.f("ix_current_city_month_period_unit_code"), "current_city_month", ["period", "unit_code"], unique=False
    )
    op.create_table(
        "current_dispatch_month",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("row_status", sa.Text(), nullable=True),
        sa.Column("value_status", sa.Text(), nullable=True),
        sa.Column("reported_unit_code", sa.Text(), nullable=True),
        sa.Column("reported_unit_name", sa.Text(), nullable=True),
        sa.Column("reported_period", sa.Text(), nullable=True),
        sa.Column("project_code", sa.Text(), nullable=True),
        sa.Column("project_name", sa.Text(), nullable=True),
        sa.Column("lists", sa.Text(), nullable=True),
        sa.Column("plan_total", sa.BigInteger(), nullable=True),
        sa.Column("annual_plan", sa.BigInteger(), nullable=True),
        sa.Column("planned_ytd", sa.BigInteger(), nullable=True),
        sa.Column("actual_ytd", sa.BigInteger(), nullable=True),
        sa.Column("admission_plan", sa.Text(), nullable=True),
        sa.Column("admission_actual", sa.Text(), nullable=True),
        sa.Column("land_plan", sa.Text(), nullable=True),
        sa.Column("land_actual", sa.Text(), nullable=True),
        sa.Column("approval_plan", sa.Text(), nullable=True),
        sa.Column("approval_actual", sa.Text(), nullable=True),
        sa.Column("start_plan", sa.Text(), nullable=True),
        sa.Column("start_actual", sa.Text(), nullable=True),
        sa.Column("completion_plan", sa.Text(), nullable=True),
        sa.Column("completion_actual", sa.Text(), nullable=True),
        sa.Column("capacity_plan", sa.Text(), nullable=True),
        sa.Column("capacity_actual", sa.Text(), nullable=True),
        sa.Column("trial_actual", sa.Text(), nullable=True),
        sa.Column("commission_actual", sa.Text(), nullable=True),
        sa.Column("issues_due", sa.BigInteger(), nullable=True),
        sa.Column("issues_closed", sa.BigInteger(), nullable=True),
        sa.Column("issue_note", sa.Text(), nullable=True),
        sa.Column("need_note", sa.Text(), nullable=True),
        sa.Column("na_flag", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("submission_id", "row_no", name=op.f("pk_current_dispatch_month")),
    )
    op.create_index(
        op.f("ix_current_dispatch_month_period_unit_code"),
        "current_dispatch_month",
        ["period", "unit_code"],
        unique=False,
    )
    op.create_table(
        "current_project_month",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("row_status", sa.Text(), nullable=True),
        sa.Column("value_status", sa.Text(), nullable=True),
        sa.Column("reported_unit_code", sa.Text(), nullable=True),
        sa.Column("reported_unit_name", sa.Text(), nullable=True),
        sa.Column("reported_period", sa.Text(), nullable=True),
        sa.Column("site_code", sa.Text(), nullable=True),
        sa.Column("stat_project_no", sa.Text(), nullable=True),
        sa.Column("project_code", sa.Text(), nullable=True),
        sa.Column("project_name", sa.Text(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("reg_type", sa.Text(), nullable=True),
        sa.Column("holding", sa.Text(), nullable=True),
        sa.Column("affiliation", sa.Text(), nullable=True),
        sa.Column("nature", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("start_ym", sa.Text(), nullable=True),
        sa.Column("prod_ym", sa.Text(), nullable=True),
        sa.Column("plan_total", sa.BigInteger(), nullable=True),
        sa.Column("cum_total", sa.BigInteger(), nullable=True),
        sa.Column("ytd", sa.BigInteger(), nullable=True),
        sa.Column("month", sa.BigInteger(), nullable=True),
        sa.Column("build", sa.BigInteger(), nullable=True),
        sa.Column("install", sa.BigInteger(), nullable=True),
        sa.Column("build_install", sa.BigInteger(), nullable=True),
        sa.Column("equip", sa.BigInteger(), nullable=True),
        sa.Column("other", sa.BigInteger(), nullable=True),
        sa.Column("old_equip", sa.BigInteger(), nullable=True),
        sa.Column("renew_equip", sa.BigInteger(), nullable=True),
        sa.Column("land_fee", sa.BigInteger(), nullable=True),
        sa.Column("old_building", sa.BigInteger(), nullable=True),
        sa.Column("new_fixed_assets", sa.BigInteger(), nullable=True),
        sa.Column("funds_total", sa.BigInteger(), nullable=True),
        sa.Column("funds_carried", sa.BigInteger(), nullable=True),
        sa.Column("funds_budget", sa.BigInteger(), nullable=True),
        sa.Column("funds_loans", sa.BigInteger(), nullable=True),
        sa.Column("funds_bonds", sa.BigInteger(), nullable=True),
        sa.Column("funds_foreign", sa.BigInteger(), nullable=True),
        sa.Column("funds_self", sa.BigInteger(), nullable=True),
        sa.Column("funds_other", sa.BigInteger(), nullable=True),
        sa.Column("payables", sa.BigInteger(), nullable=True),
        sa.Column("floor_under", sa.BigInteger(), nullable=True),
        sa.Column("floor_done", sa.BigInteger(), nullable=True),
        sa.Column("correction_code", sa.Text(), nullable=True),
        sa.Column("correction_wan_yuan", sa.BigInteger(), nullable=True),
        sa.Column("doc_no", sa.Text(), nullable=True),
        sa.Column("na_flag", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("submission_id", "row_no", name=op.f("pk_current_project_month")),
    )
    op.create_index(
        op.f("ix_current_project_month_period_unit_code"),
        "current_project_month",
        ["period", "unit_code"],
        unique=False,
    )
    op.create_table(
        "current_unit_month",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("row_status", sa.Text(), nullable=True),
        sa.Column("value_status", sa.Text(), nullable=True),
        sa.Column("reported_unit_code", sa.Text(), nullable=True),
        sa.Column("reported_unit_name", sa.Text(), nullable=True),
        sa.Column("reported_period", sa.Text(), nullable=True),
        sa.Column("indicator", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("ytd", sa.BigInteger(), nullable=True),
        sa.Column("ytd_last_year", sa.BigInteger(), nullable=True),
        sa.Column("growth", sa.Double(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("submission_id", "row_no", name=op.f("pk_current_unit_month")),
    )
    op.create_index(
        op.f("ix_current_unit_month_period_unit_code"), "current_unit_month", ["period", "unit_code"], unique=False
    )
    op.create_table(
        "edition",
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("inputs_hash", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("published_at", sa.String(32), nullable=True),
        sa.Column("published_path", sa.Text(), nullable=False),
        sa.Column("manifest_hash", sa.Text(), nullable=False),
        sa.Column("snapshots", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", name=op.f("pk_edition")),
        sa.UniqueConstraint("period", "number", name=op.f("uq_edition_period_number")),
    )
    op.create_table(
        "finding_summary",
        sa.Column("verdict_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("verdict_id", "rule", "severity", name=op.f("pk_finding_summary")),
    )
    op.create_table(
        "history_snapshot",
        sa.Column("history_id", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("previous_period", sa.Text(), nullable=True),
        sa.Column("annual_final", sa.Text(), nullable=True),
        sa.Column("sibling", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("history_id", name=op.f("pk_history_snapshot")),
    )
    op.create_table(
        "home",
        sa.Column("programme", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme", name=op.f("pk_home")),
    )
    op.create_table(
        "lake_pin",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", name=op.f("pk_lake_pin")),
    )
    op.create_table(
        "load",
        sa.Column("load_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.String(32), nullable=False),
        sa.Column("lease_until", sa.String(32), nullable=False),
        sa.Column("committed_at", sa.String(32), nullable=True),
        sa.Column("freezes", sa.Text(), nullable=False),
        sa.Column("receipts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("load_id", name=op.f("pk_load")),
        sa.UniqueConstraint("ordinal", name=op.f("uq_load_ordinal")),
    )
    op.create_index(op.f("ix_load_state"), "load", ["state"], unique=False)
    op.create_table(
        "month_close",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("inputs_hash", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("missing", sa.Text(), nullable=False),
        sa.Column("rule_runs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", "inputs_hash", name=op.f("pk_month_close")),
    )
    op.create_table(
        "period_finding",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("inputs_hash", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=True),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("period", "inputs_hash", "ordinal", name=op.f("pk_period_finding")),
    )
    op.create_table(
        "receipt",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("submissions", sa.Text(), nullable=True),
        sa.Column("load_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_sha256"), "receipt", ["sha256"], unique=False)
    op.create_index(op.f("ix_receipt_source"), "receipt", ["source"], unique=False)
    op.create_index(op.f("ix_receipt_state"), "receipt", ["state"], unique=False)
    op.create_table(
        "rule_run",
        sa.Column("verdict_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("verdict_id", "rule", name=op.f("pk_rule_run")),
    )
    op.create_table(
        "edition_unit",
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.Column("ytd", sa.BigInteger(), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("growth", sa.Double(), nullable=True),
        sa.Column("growth_official", sa.Double(), nullable=True),
        sa.Column("points", sa.Text(), nullable=False),
        sa.Column("deductions", sa.Text(), nullable=False),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.edition_id"], name=op.f("fk_edition_unit_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", "unit_code", name=op.f("pk_edition_unit")),
    )
    op.create_table(
        "load_stage",
        sa.Column("stage_key", sa.Text(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["load.load_id"], name=op.f("fk_load_stage_load_id")),
        sa.PrimaryKeyConstraint("stage_key", name=op.f("pk_load_stage")),
    )
    op.create_index(op.f("ix_load_stage_load_id"), "load_stage", ["load_id"], unique=False)
    op.create_table(
        "resend",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("repeats", sa.Text(), nullable=False),
        sa.Column("reopened", sa.Boolean(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.receipt_id"], name=op.f("fk_resend_receipt_id")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_resend")),
    )
    op.create_index(op.f("ix_resend_period_form_unit_code"), "resend", ["period", "form", "unit_code"], unique=False)
    op.create_index(op.f("ix_resend_receipt_id"), "resend", ["receipt_id"], unique=False)
    op.create_table(
        "sign_off",
        sa.Column("edition_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.edition_id"], name=op.f("fk_sign_off_edition_id")),
        sa.PrimaryKeyConstraint("edition_id", "role", "content_hash", name=op.f("pk_sign_off")),
    )
    op.create_table(
        "submission",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.Boolean(), nullable=False),
        sa.Column("verdict_id", sa.Text(), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.receipt_id"], name=op.f("fk_submission_receipt_id")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "period", "form", "unit_code", "version", name=op.f("uq_submission_period_form_unit_code_version")
        ),
    )
    op.create_index(op.f("ix_submission_receipt_id"), "submission", ["receipt_id"], unique=False)
    op.create_table(
        "verdict",
        sa.Column("verdict_id", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("programme_version", sa.Text(), nullable=False),
        sa.Column("history_id", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("not_data", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("queries", sa.BigInteger(), nullable=False),
        sa.Column("open_queries", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.BigInteger(), nullable=False),
        sa.Column("passes_a_rules", sa.Boolean(), nullable=False),
        sa.Column("judged_at", sa.String(32), nullable=False),
        sa.Column("load_id", sa.Text(), nullable=False),
        sa.CheckConstraint("received = accepted + quarantined + not_data", name=op.f("ck_verdict_conservation")),
        sa.ForeignKeyConstraint(["history_id"], ["history_snapshot.history_id"], name=op.f("fk_verdict_history_id")),
        sa.PrimaryKeyConstraint("verdict_id", name=op.f("pk_verdict")),
    )
    op.create_index(op.f("ix_verdict_submission_id"), "verdict", ["submission_id"], unique=False)
    op.create_table(
        "current_submission",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("verdict_id", sa.Text(), nullable=False),
        sa.Column("arrived_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.submission_id"], name=op.f("fk_current_submission_submission_id")
        ),
        sa.PrimaryKeyConstraint("period", "form", "unit_code", name=op.f("pk_current_submission")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_current_submission_submission_id")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'audit_log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only()"
        )
    else:
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_log_no_{what.lower()} BEFORE {what} ON audit_log "
                "BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END"
            )


def downgrade() -> None:
    """Nothing is left: the archive and the lake still hold what the warehouse was made of."""
    for table in (
        "current_submission",
        "verdict",
        "submission",
        "sign_off",
        "resend",
        "load_stage",
        "edition_unit",
        "rule_run",
        "receipt",
        "period_finding",
        "month_close",
        "load",
        "lake_pin",
        "home",
        "history_snapshot",
        "finding_summary",
        "edition",
        "current_unit_month",
        "current_project_month",
        "current_dispatch_month",
        "current_city_month",
        "audit_log",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_append_only()")
