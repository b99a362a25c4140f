"""The SQL tables: ledger, loads, verdict summaries, current facts, month closes, editions, sign-offs, audit chain.

Columns that carry data are derived from `pipelines.model.fields`; migrations write the same out, and a drift test
proves that both agree. A declarative register: the 300-line limit does not bind it.
"""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from pipelines.model.tables import FORM_FIELDS, LakeTable, fact_table

from .column_types import JsonText, UtcInstant, column

HEAD = "0200"
"""Revision the code expects; opening a database that is stamped with it runs no migration."""

METADATA = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

HOME = sa.Table("home", METADATA, sa.Column("programme", sa.Text, primary_key=True))

RECEIPT = sa.Table(
    "receipt",
    METADATA,
    sa.Column("receipt_id", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("arrived_at", UtcInstant, nullable=False),
    sa.Column("seen_at", UtcInstant, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("manifest", JsonText, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("detail", sa.Text, nullable=False, default=""),
    sa.Column("findings", JsonText, nullable=False),
    sa.Column("submissions", JsonText),
    sa.Column("load_id", sa.Text),
    sa.Column("attempts", sa.BigInteger, nullable=False, server_default="0"),
    sa.Index(None, "source", "name", postgresql_ops={"name": "text_pattern_ops"}),
    sa.Index(None, "source", "arrived_at"),
    sa.Index(None, "state", "arrived_at"),
    sa.Index(None, "state", "seen_at"),
)

LOAD = sa.Table(
    "load",
    METADATA,
    sa.Column("load_id", sa.Text, primary_key=True),
    sa.Column("ordinal", sa.BigInteger, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.BigInteger, nullable=False),
    sa.Column("planned_at", UtcInstant, nullable=False),
    sa.Column("lease_until", UtcInstant, nullable=False),
    sa.Column("committed_at", UtcInstant),
    sa.Column("freezes", JsonText, nullable=False),
    sa.Column("receipts", JsonText, nullable=False),
    sa.Column("announce", sa.Boolean, nullable=False, server_default=sa.false()),
)

LOAD_STAGE = sa.Table(
    "load_stage",
    METADATA,
    sa.Column("stage_key", sa.Text, primary_key=True),
    sa.Column("load_id", sa.Text, sa.ForeignKey("load.load_id"), nullable=False, index=True),
    sa.Column("folder", sa.Text, nullable=False),
)

COMMITTED_SNAPSHOT = sa.Table(
    "lake_pin",
    METADATA,
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("snapshot_id", sa.BigInteger, nullable=False),
    sa.Column("load_id", sa.Text, nullable=False),
)

LAKE_FILE = sa.Table(
    "lake_file",
    METADATA,
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("file_path", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("load_id", sa.Text, nullable=False, index=True),
)

SUBMISSION = sa.Table(
    "submission",
    METADATA,
    column("submission_id", primary_key=True),
    sa.Column("receipt_id", sa.Text, sa.ForeignKey("receipt.receipt_id"), nullable=False, index=True),
    column("unit_code", nullable=False),
    column("period", nullable=False),
    column("form", nullable=False),
    column("version", nullable=False),
    column("measure"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("revision", sa.Boolean, nullable=False),
    column("verdict_id", nullable=False),
    column("load_id", nullable=False),
    sa.UniqueConstraint("period", "form", "unit_code", "version"),
    sa.Index(None, "unit_code", "period"),
    sa.Index(None, "form", "period", "unit_code"),
)

RESEND = sa.Table(
    "resend",
    METADATA,
    column("submission_id", primary_key=True),
    sa.Column("receipt_id", sa.Text, sa.ForeignKey("receipt.receipt_id"), nullable=False, index=True),
    column("unit_code", nullable=False),
    column("period", nullable=False),
    column("form", nullable=False),
    column("version"),
    sa.Column("repeats", sa.Text, nullable=False),
    sa.Column("reopened", sa.Boolean, nullable=False),
    column("load_id", nullable=False),
    sa.Index(None, "period", "form", "unit_code"),
)

HISTORY_SNAPSHOT = sa.Table(
    "history_snapshot",
    METADATA,
    sa.Column("history_id", sa.Text, primary_key=True),
    sa.Column("previous", sa.Text),
    sa.Column("previous_period", sa.Text),
    sa.Column("annual_final", sa.Text),
    sa.Column("sibling", sa.Text),
    sa.Column("recent", JsonText),
    sa.Column("year_ago", sa.Text),
    sa.Column("rulings", sa.Text, nullable=False, server_default=""),
    sa.Column("replaces", sa.Text),
)

VERDICT = sa.Table(
    "verdict",
    METADATA,
    column("verdict_id", primary_key=True),
    sa.Column("submission_id", sa.Text, nullable=False, index=True),
    sa.Column("rules_version", sa.Text, nullable=False),
    sa.Column("programme_version", sa.Text, nullable=False),
    sa.Column("history_id", sa.Text, sa.ForeignKey("history_snapshot.history_id"), nullable=False),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.BigInteger, nullable=False),
    sa.Column("not_data", sa.BigInteger, nullable=False),
    sa.Column("errors", sa.BigInteger, nullable=False),
    sa.Column("queries", sa.BigInteger, nullable=False),
    sa.Column("open_queries", sa.BigInteger, nullable=False),
    sa.Column("findings", sa.BigInteger, nullable=False),
    sa.Column("passes_a_rules", sa.Boolean, nullable=False),
    sa.Column("judged_at", UtcInstant, nullable=False),
    column("load_id", nullable=False),
    sa.CheckConstraint("received = accepted + quarantined + not_data", name="conservation"),
)

FINDING_SUMMARY = sa.Table(
    "finding_summary",
    METADATA,
    column("verdict_id", primary_key=True),
    column("rule", primary_key=True),
    column("severity", primary_key=True),
    sa.Column("found", sa.BigInteger, nullable=False),
    sa.Column("answered", sa.BigInteger, nullable=False),
)

RULE_RUN = sa.Table(
    "rule_run",
    METADATA,
    column("verdict_id", primary_key=True),
    column("rule", primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("failed", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

CURRENT_SUBMISSION = sa.Table(
    "current_submission",
    METADATA,
    column("period", primary_key=True),
    column("form", primary_key=True),
    column("unit_code", primary_key=True),
    sa.Column("submission_id", sa.Text, sa.ForeignKey("submission.submission_id"), nullable=False, unique=True),
    column("version", nullable=False),
    column("verdict_id", nullable=False),
    column("arrived_at", nullable=False),
    sa.Index(None, "form", "unit_code", "period"),
    sa.Index(None, "form", "period"),
)

FEEDBACK_DUE = sa.Table(
    "feedback_due",
    METADATA,
    sa.Column("receipt_id", sa.Text, primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
)
"""Receipts whose answer is to be written (again). `mark`: who asked last; only what was asked for then is struck off."""

NOTIFICATION_DUE = sa.Table(
    "notification_due",
    METADATA,
    column("submission_id", primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("status_before", sa.Text),
    sa.Column("loaded_at", UtcInstant, nullable=False),
)
"""Versions of loads that contacts have not been notified of, with the status they had before (null: a new version)."""

REVALIDATION_DUE = sa.Table(
    "revalidation_due",
    METADATA,
    column("unit_code", primary_key=True),
    column("period", primary_key=True),
    column("form", primary_key=True),
    sa.Column("mark", sa.Text, nullable=False),
)
"""Where something changed that verdicts of this unit, of this month or later ones, may rest on."""

PERIOD_INPUTS = sa.Table(
    "period_inputs", METADATA, column("period", primary_key=True), sa.Column("inputs_hash", sa.Text, nullable=False)
)
"""Identity of each month's inputs as it stands: what is to be closed again is seen without reading the months."""


def _current_table(facts: LakeTable, metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        facts.name.replace("fact_", "current_", 1),
        metadata,
        *(column(name, primary_key=name in facts.key) for name in facts.columns),
        sa.Index(None, "period", "unit_code"),
    )


CURRENT_FACTS: dict[str, sa.Table] = {form: _current_table(fact_table(form), METADATA) for form in FORM_FIELDS}
"""Accepted rows of current submissions of the registered forms, amounts and quantities scaled by 10⁴."""


@cache
def current_table(facts: LakeTable) -> sa.Table:
    """The same for any form's fact table: a registered one's, or one that only a programme knows or has own columns in."""
    form = facts.name.removeprefix("fact_")
    known = CURRENT_FACTS.get(form)
    if known is not None and {c.name for c in known.columns} == set(facts.columns):
        return known
    return _current_table(facts, sa.MetaData(naming_convention=METADATA.naming_convention))


SUBMISSION_RETURN = sa.Table(
    "submission_return",
    METADATA,
    column("submission_id", primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("deadline", UtcInstant),
    sa.Column("returned_by", sa.Text, nullable=False),
    sa.Column("returned_at", UtcInstant, nullable=False),
    sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),
)


def _cell() -> tuple[sa.Column[str], ...]:
    """The place a ruling is about (model.rulings.Cell) and the periods it holds for."""
    return (
        column("unit_code", nullable=False),
        column("form", nullable=False),
        column("rule", nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        column("field", nullable=False),
        column("value", nullable=False),
        column("period", nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        column("submission_id", nullable=False),
    )


WAIVER = sa.Table(
    "waiver",
    METADATA,
    sa.Column("waiver_id", sa.Text, primary_key=True),
    *_cell(),
    sa.Column("first_by", sa.Text, nullable=False),
    sa.Column("first_at", UtcInstant, nullable=False),
    sa.Column("second_by", sa.Text),
    sa.Column("second_at", UtcInstant),
    sa.Index(None, "form", "period"),
)

EXPLANATION = sa.Table(
    "explanation",
    METADATA,
    sa.Column("explanation_id", sa.Text, primary_key=True),
    *_cell(),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("given_by", sa.Text, nullable=False),
    sa.Column("given_at", UtcInstant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", UtcInstant),
    sa.Column("remark", sa.Text, nullable=False),
    sa.Index(None, "form", "period"),
)

MONTH_CLOSE = sa.Table(
    "month_close",
    METADATA,
    column("period", primary_key=True),
    sa.Column("inputs_hash", sa.Text, primary_key=True),
    sa.Column("ordinal", sa.BigInteger, nullable=False),
    sa.Column("closed_at", UtcInstant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("missing", JsonText, nullable=False),
    sa.Column("rule_runs", JsonText, nullable=False),
)

PERIOD_FINDING = sa.Table(
    "period_finding",
    METADATA,
    column("period", primary_key=True),
    sa.Column("inputs_hash", sa.Text, primary_key=True),
    sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
    column("unit_code", nullable=False),
    column("rule", nullable=False),
    column("level", nullable=False),
    column("severity", nullable=False),
    column("sheet", nullable=False),
    column("cell", nullable=False),
    column("row_no"),
    column("field", nullable=False),
    column("value", nullable=False),
    column("message_zh", nullable=False),
    column("message_en", nullable=False),
    column("answered", nullable=False),
)

EDITION = sa.Table(
    "edition",
    METADATA,
    column("edition_id", primary_key=True),
    column("period", nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("inputs_hash", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    column("method", nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("document", JsonText, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("created_at", UtcInstant, nullable=False),
    sa.Column("published_at", UtcInstant),
    sa.Column("published_path", sa.Text, nullable=False),
    sa.Column("manifest_hash", sa.Text, nullable=False),
    sa.Column("snapshots", JsonText, nullable=False),
    sa.UniqueConstraint("period", "number"),
    sa.Index(None, "state", "period"),
)

EDITION_UNIT = sa.Table(
    "edition_unit",
    METADATA,
    sa.Column("edition_id", sa.Text, sa.ForeignKey("edition.edition_id"), primary_key=True),
    column("unit_code", primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    column("rank"),
    column("score"),
    column("ytd"),
    column("base"),
    column("growth"),
    column("growth_official"),
    column("points", nullable=False),
    column("deductions", nullable=False),
    column("remarks", nullable=False),
)

RELEASE_RUN = sa.Table(
    "release_run",
    METADATA,
    sa.Column("edition_id", sa.Text, sa.ForeignKey("edition.edition_id"), primary_key=True),
    sa.Column("content_hash", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("begun_at", UtcInstant, nullable=False),
)
"""Which run of `release_edition` asks for the signatures of a content: a draft without one waits for nobody."""

SIGN_OFF = sa.Table(
    "sign_off",
    METADATA,
    sa.Column("edition_id", sa.Text, sa.ForeignKey("edition.edition_id"), primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("content_hash", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("demonstration", sa.Boolean, nullable=False),
)

DATA_DELIVERY = sa.Table(
    "data_delivery",
    METADATA,
    sa.Column("delivery_id", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("as_of", UtcInstant),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("delivered_by", sa.Text, nullable=False),
    sa.Column("content_hash", sa.Text, nullable=False),
    sa.Column("row_counts", JsonText, nullable=False),
    sa.Column("files", JsonText, nullable=False),
    sa.Column("delivered_at", UtcInstant, nullable=False),
)
"""Receipts of tables delivered to the bureau, append-only; `content_hash` is the SHA-256 of the delivery's manifest."""

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("ordinal", sa.BigInteger, nullable=False, unique=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("rung", sa.Text, nullable=False),
    sa.Column("opening", sa.Text, nullable=False),
    sa.Column("link", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("facts", JsonText, nullable=False),
    sa.Column("priority", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcInstant, nullable=False),
    sa.Column("not_before", UtcInstant, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.BigInteger, nullable=False),
    sa.Column("next_at", UtcInstant, nullable=False),
    sa.Column("lease_until", UtcInstant),
    sa.Column("leased_by", sa.Text, index=True),
    sa.Column("closed_at", UtcInstant),
    sa.Column("closed_reason", sa.Text, nullable=False),
    sa.Column("digest_id", sa.Text, nullable=False),
    sa.Index(None, "state", "next_at"),
    sa.Index(None, "state", "ordinal"),
    sa.Index(None, "period", "form", "unit_code"),
)
"""What is to be said to whom. Rows are never deleted (triggers refuse it): the record stands as evidence (催报)."""

DELIVERY = sa.Table(
    "delivery",
    METADATA,
    sa.Column("message_id", sa.Text, sa.ForeignKey("outbox.message_id"), primary_key=True),
    sa.Column("attempt", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("phase", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("accepted", sa.Boolean),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index(None, "channel", "at"),
)
"""Attempts, append-only: `started` before the channel is called, `ended` with its answer; one without the other died between."""

ALERT_HOLD = sa.Table(
    "alert_hold",
    METADATA,
    sa.Column("hold_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("rung", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("until", UtcInstant),
    sa.Column("held_by", sa.Text, nullable=False),
    sa.Column("held_at", UtcInstant, nullable=False),
)
"""Acknowledgements (no expiry) and snoozes of one stage of the ladder, append-only."""

CALL_LOG = sa.Table(
    "call_log",
    METADATA,
    sa.Column("call_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False, index=True),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("called_at", UtcInstant, nullable=False),
    sa.Column("called_by", sa.Text, nullable=False),
    sa.Column("spoke_to", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("logged_at", UtcInstant, nullable=False),
)
"""Calls of the printed list (电话催报), append-only."""

DEADLINE = sa.Table(
    "deadline",
    METADATA,
    sa.Column("form", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True, index=True),
    sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("county_due", UtcInstant, nullable=False),
    sa.Column("city_audit_due", UtcInstant),
    sa.Column("freeze", UtcInstant),
    sa.Column("noted_at", UtcInstant, nullable=False),
)
"""The deadlines as the ladder has seen them: a second row of a form and period is a change that was announced."""

DISPATCH_DECISION = sa.Table(
    "dispatch_decision",
    METADATA,
    sa.Column("ordinal", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("decision_id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_to", sa.Date),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", JsonText, nullable=False),
    sa.Column("recorded_at", UtcInstant, nullable=False),
    sa.Index(None, "kind", "subject"),
    sa.Index(None, "subject"),
    sa.Index(None, "kind", "valid_to"),
    sa.Index(None, "kind", "recorded_at"),
)
"""What people decided in the dispatch loop, append-only; history by validity dates, knowledge by `recorded_at`."""

DISPATCH_TABLE_ROW = sa.Table(
    "dispatch_table_row",
    METADATA,
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("table_name", sa.Text, primary_key=True),
    sa.Column("row_no", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("as_of", UtcInstant, nullable=False),
    sa.Column("content", JsonText, nullable=False),
)
"""Rows of the dispatch tables of a month as they stood after its publication. Derived: written again as a whole, never evidence."""

HEARTBEAT = sa.Table(
    "heartbeat", METADATA, sa.Column("name", sa.Text, primary_key=True), sa.Column("at", UtcInstant, nullable=False)
)

ACCOUNT = sa.Table(
    "account",
    METADATA,
    sa.Column("username", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("unit_code", sa.Text),
    sa.Column("domain", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.BigInteger, nullable=False),
    sa.Column("barred_until", UtcInstant),
    sa.Column("locked", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcInstant, nullable=False),
    sa.Column("signed_in_at", UtcInstant),
    sa.Column("totp_secret", sa.Text),
    sa.Column("totp_step", sa.BigInteger),
)
"""People who may sign in to the pages; every change of one is an entry of the audit log."""

AUDIT_LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", UtcInstant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", JsonText, nullable=False),
    sa.Column("previous_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index(None, "action", "subject"),
)
"""Append-only: migrations add triggers that refuse UPDATE and DELETE (TRUNCATE too on PostgreSQL)."""
