"""The two counts of a unit: 属地 (territorial, 大口径) and 管理 (managed, 小口径); seed, domain_decisions §1."""

from __future__ import annotations

SCOPE_ZH = {"managed": "管理", "territorial": "属地"}


def scope_key(scope: str | None) -> str:
    """One name a scope, whatever the spelling; unknown texts as they are, '' for none."""
    text = (scope or "").strip().casefold()
    if text in {"managed", "小口径"} or text.startswith("管理"):
        return "managed"
    if text in {"territorial", "大口径"} or text.startswith("属地"):
        return "territorial"
    return text


def same_scope(scope: str | None, wanted: str) -> bool:
    """Whether a row is about the wanted scope; '' wants any."""
    return not wanted or scope_key(scope) == scope_key(wanted)


def scope_zh(scope: str | None) -> str:
    """The scope in Chinese; a text that is none as it is, — for none."""
    return SCOPE_ZH.get(scope_key(scope), scope or "") or "—"
