"""Every ranking made again from the facts: whoever forges an edition with all its hashes has not forged the returns it rests on."""

from __future__ import annotations

import json
from typing import Any

from expectations.catalogue import RULES_VERSION

from ...errors import SaimaError
from ...model.loading import Check, Edition
from ...model.periods import Period
from ...publish.document import rank_document
from ...publish.manifest import NAME
from ..month.compose_edition import compose
from ..runtime.context import Context


def check_rankings(context: Context) -> Check:
    """Editions whose inputs still stand, composed again with today's program. Not made again, and counted in the detail: editions
    that another version of rules or programme drew up, and those whose inputs have changed since (their rows are kept by tag)."""
    bad: list[str] = []
    looked_at = changed = other = 0
    for edition in context.warehouse.editions.all():
        if edition.state == "superseded":
            continue
        warehouse = context.warehouse
        # increments and plans rest on earlier months too
        if warehouse.inputs_hash(
            edition.period
        ) != edition.inputs_hash or warehouse.closings.loaded_before_period_since(edition.period, edition.created_at):
            changed += 1
            continue
        if not _same_versions(context, edition):
            other += 1
            continue
        looked_at += 1
        bad += [f"{edition.edition_id}: {what}" for what in _differences(context, edition)]
    detail = "; ".join(bad[:5])
    if changed or other:
        detail += f" ({changed} 版的输入此后有变，{other} 版由其他规则或方案生成，未重算 / not made again)"
    return Check("rankings-recomputed", looked_at, len(bad), detail.strip())


def _same_versions(context: Context, edition: Edition) -> bool:
    folder = "published" if edition.published_at else "draft"
    file = context.settings.editions / edition.period / edition.edition_id / folder / NAME
    try:
        manifest: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True  # composed with what there is; a missing manifest is named by another check
    return (manifest["rules_version"], manifest["programme"]["version"]) == (RULES_VERSION, context.programme.version)


def _differences(context: Context, edition: Edition) -> list[str]:
    closings = [c for c in context.warehouse.closings.all(edition.period) if c.inputs_hash == edition.inputs_hash]
    if not closings:
        return ["没有对应的关账 / no closing of these inputs"]
    compared: Any = edition.document.get("compared_with")
    before = compared["edition"] if compared else ""
    try:
        composed = compose(
            context, Period.parse(edition.period), closings[0], edition.edition_id, edition.created_at, before
        )
    except SaimaError as cause:
        return [f"无法重算 / cannot be made again: {cause.en}"]
    again: Any = rank_document(composed.ranking, composed.edition)
    if again["content_hash"] == edition.content_hash:
        return []
    places = {u["unit"]: (u["rank"], u["score"], u["ytd"]) for u in again["units"]}
    recorded: Any = edition.document["units"]
    wrong = [u["unit"] for u in recorded if places.get(u["unit"]) != (u["rank"], u["score"], u["ytd"])]
    return [f"与事实算出的不同 / not what the facts give: {', '.join(wrong[:5]) or 'content'}"]
