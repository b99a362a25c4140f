"""The pages of a waiting draft, which its signers read: written again where they are not as they were drafted."""

from __future__ import annotations

import json
from typing import Any

from ...model.loading import Edition
from ...model.periods import Period
from ...publish.document import rank_document
from ...publish.edition import render
from ...publish.manifest import NAME
from ..records.published_editions import DRAFT, DRAFT_FILES, damaged, drafted_manifest, edition_folder
from ..runtime.context import Context
from .compose_edition import compose


def lay_down_again(context: Context, edition: Edition) -> bool:
    """Whether pages were written, of the content that was drafted; of another (the inputs changed since) none are. Where another
    version of the program writes them otherwise the log says what they are now. Under the lock of those who write editions."""
    if edition.state != "draft":
        return False
    warehouse, folder = context.warehouse, edition_folder(context.settings, edition, DRAFT)
    of_it = [edition.edition_id]
    entries = [e for action in (DRAFT, DRAFT_FILES) for e in warehouse.audit_entries(action=action, subjects=of_it)]
    noted = drafted_manifest(entries, edition.edition_id)
    if not noted or not any(damaged(folder, noted)):
        return False
    closing = next((c for c in warehouse.closings.all(edition.period) if c.inputs_hash == edition.inputs_hash), None)
    if closing is None or warehouse.inputs_hash(edition.period) != edition.inputs_hash:
        return False
    compared: Any = edition.document.get("compared_with")
    before = compared["edition"] if compared else ""
    period = Period.parse(edition.period)
    composed = compose(context, period, closing, edition.edition_id, edition.created_at, before)
    document = rank_document(composed.ranking, composed.edition)
    if document["content_hash"] != edition.content_hash:
        return False
    manifest = render(composed.ranking, composed.edition, folder, document)
    for file in folder.iterdir():
        if file.name not in (NAME, *json.loads(manifest.text)["files"]):
            file.unlink()
    if manifest.sha256 != noted:
        detail: dict[str, object] = {"manifest_hash": manifest.sha256}
        warehouse.audit("saima", DRAFT_FILES, edition.edition_id, detail, edition.created_at)
    return True
