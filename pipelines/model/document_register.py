"""The register of the JSON documents that leave the program (DESIGN §8); their JSON Schemas are generated into `schemas/`."""

from __future__ import annotations

from typing import Any

from .json_documents import (
    AlertsRunDocument,
    AuditDocument,
    CallListDocument,
    ChangeDocument,
    CheckDocument,
    EscalationDocument,
    ExplanationDocument,
    LateDocument,
    MonthDocument,
    OutboxDocument,
    Problem,
    ReceiptDocument,
    RefusalDocument,
    StatusDocument,
    WaiverDocument,
)
from .rank_document import RankDocument
from .report_document import ReportDocument

DOCUMENTS: dict[str, Any] = {
    "check": CheckDocument,
    "status": StatusDocument,
    "late": LateDocument,
    "month": MonthDocument,
    "audit": AuditDocument,
    "receipt": ReceiptDocument,
    "explanation": ExplanationDocument,
    "waiver": WaiverDocument,
    "alerts-run": AlertsRunDocument,
    "alerts-ladder": EscalationDocument,
    "alerts-calls": CallListDocument,
    "alerts-outbox": OutboxDocument,
    "alerts-check": Problem,
    "change": ChangeDocument,
    "error": RefusalDocument,
    "rank": RankDocument,
    "report": ReportDocument,
}
"""Command or file → its document; `python -m pipelines.cli.docs` writes `schemas/<name>.schema.json`."""
