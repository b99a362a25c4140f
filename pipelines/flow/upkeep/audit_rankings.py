"""Every ranking made again from the facts: whoever forges an edition with all its hashes has not forged the returns it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from expectations.catalogue import RULES_VERSION

from ...errors import SaimaError
from ...model.loading import Check, Edition
from ...model.periods import Period
from ...publish.document import rank_document
from ...publish.manifest import NAME
from ..month.compose_edition import compose
from ..runtime.code_version import code_version
from ..runtime.context import Context


def check_rankings(context: Context) -> Check:
    """Editions whose inputs still stand, composed again with today's program. Not made again, and counted in the detail: editions
    that another version of rules or programme drew up, and those whose inputs have changed since (their rows are kept by tag). Of
    another version of the program, and computed otherwise by today's: named, and no forgery; that the manifest says so is proved beside."""
    bad: list[str] = []
    otherwise: list[str] = []
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
        manifest = _manifest(context, edition)
        if not _same_versions(context, manifest):
            other += 1
            continue
        looked_at += 1
        found = [f"{edition.edition_id}: {what}" for what in _differences(context, edition)]
        if found and manifest and manifest.get("code_version") not in (None, code_version()):
            otherwise.append(edition.edition_id)
        else:
            bad += found
    detail = "; ".join(bad[:5])
    if changed or other:
        detail += f" ({changed} 版的输入此后有变，{other} 版由其他规则或方案生成，未重算 / not made again)"
    if otherwise:
        named = ", ".join(otherwise[:5])
        detail += f" (由旧版程序生成，新版计算结果不同 / drawn up by another version of the program, this one computes otherwise: {named})"
    return Check("rankings-recomputed", looked_at, len(bad), detail.strip())


def _manifest(context: Context, edition: Edition) -> dict[str, Any] | None:
    """None where it is missing, which another check names."""
    folder = "published" if edition.published_at else "draft"
    file = context.settings.editions / edition.period / edition.edition_id / folder / NAME
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _same_versions(context: Context, manifest: Mapping[str, Any] | None) -> bool:
    if manifest is None:  # composed with what there is
        return True
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
