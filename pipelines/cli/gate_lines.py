"""The publication gate of a closed month, in lines for people."""

from __future__ import annotations

from typing import Any

from . import output


def gate_of(context: Any, month: Any, at: Any) -> tuple[dict[str, Any] | None, str]:
    """The publication gate of a closed month, or why the month cannot be ranked at all; neither for history."""
    from ..errors import Refused
    from ..flow.month.gate_documents import gate_document
    from ..flow.records.submission_status import is_history

    if is_history(context, month):
        return None, ""
    try:
        return gate_document(context, month, at).model_dump(), ""
    except Refused as no:
        return None, str(no)


def print_undecided(undecided: list[dict[str, str]]) -> None:
    """What rules across units left open at the closing because a figure is missing."""
    for one in undecided:
        output.say(f"  [未判 / not decided] {one['rule']} {one['reason']}")


def print_gate(period: str, gate: dict[str, Any]) -> None:
    """Each block, and each figure that is not printed, with what to do about it."""
    for one in gate["withheld"]:
        output.say(f"  [不予公布 / withheld] {one['name']}：{one['message_zh']} / {one['message_en']}")
    for block in gate["blocks"]:
        lifted = "已核定 / overruled" if block["overruled"] else "待核定 / to settle"
        output.say(f"  [{lifted}] {block['id']} {block['message_zh']} / {block['message_en']}")
        if block["detail"]:
            output.say(f"      {block['rule'] or ''} {block['detail']}")
        if block["overruled"]:
            continue
        explain = f"saima explain {block['submission']} --rule {block['rule']} …;" if block["submission"] else ""
        output.say(f"      → 更正后重报，或 {explain}saima overrule {period} {block['id']} --reason … --as NAME")
