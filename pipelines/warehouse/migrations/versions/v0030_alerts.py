"""The alert ladder: outbox, attempts, holds, calls, deadlines as seen, heartbeats; loads remember whether they announce."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None

_INSTANT = sa.String(32)
_EVIDENCE = ("delivery", "alert_hold", "call_log")
"""Tables that are only ever added to; of the outbox no row is ever deleted."""


def upgrade() -> None:
    """Six tables, one column, and the triggers that keep the record."""
    op.add_column("load", sa.Column("announce", sa.Boolean(), nullable=False, server_default=sa.false()))
    _outbox()
    _evidence()
    op.create_table(
        "deadline",
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("county_due", _INSTANT, nullable=False),
        sa.Column("city_audit_due", _INSTANT, nullable=True),
        sa.Column("freeze", _INSTANT, nullable=True),
        sa.Column("noted_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("form", "period", "ordinal", name=op.f("pk_deadline")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    _triggers()


def _outbox() -> None:
    texts = ("kind", "channel", "address", "audience", "role", "unit_code", "period", "form", "rung", "opening", "link")
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*texts, "subject", "body", "facts")),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("not_before", _INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=False),
        sa.Column("digest_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("ordinal", name=op.f("uq_outbox_ordinal")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index(op.f("ix_outbox_state_next_at"), "outbox", ["state", "next_at"], unique=False)
    op.create_index(op.f("ix_outbox_period_form_unit_code"), "outbox", ["period", "form", "unit_code"], unique=False)


def _evidence() -> None:
    op.create_table(
        "delivery",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["outbox.message_id"], name=op.f("fk_delivery_message_id")),
        sa.PrimaryKeyConstraint("message_id", "attempt", "phase", name=op.f("pk_delivery")),
    )
    op.create_index(op.f("ix_delivery_channel_at"), "delivery", ["channel", "at"], unique=False)
    op.create_table(
        "alert_hold",
        sa.Column("hold_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("kind", "unit_code", "period", "form", "rung", "reason")
        ),
        sa.Column("until", _INSTANT, nullable=True),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("held_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_alert_hold")),
    )
    op.create_table(
        "call_log",
        sa.Column("call_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("unit_code", "period", "form")),
        sa.Column("called_at", _INSTANT, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("called_by", "spoke_to", "answer")),
        sa.Column("logged_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_log")),
    )


def _triggers() -> None:
    refused = dict.fromkeys(_EVIDENCE, ("UPDATE", "DELETE")) | {"outbox": ("DELETE",)}
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION evidence_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is evidence and is kept', TG_TABLE_NAME; END $$"
        )
        for table, what in refused.items():
            op.execute(
                f"CREATE TRIGGER {table}_is_kept BEFORE {' OR '.join((*what, 'TRUNCATE'))} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_kept()"
            )
        return
    for table, what in refused.items():
        for verb in what:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is evidence and is kept'); END"
            )


def downgrade() -> None:
    """The record of what was sent is lost: keep a backup."""
    for table in ("delivery", "alert_hold", "call_log", "deadline", "heartbeat", "outbox"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION evidence_is_kept()")
    op.drop_column("load", "announce")
