"""Entries of lists as people write them: a message says 管理 where the row holds managed."""

from __future__ import annotations

from ...model.forms import FormLayout
from ...model.programme import Programme
from ...model.scopes import SCOPE_ZH
from ..finding_texts import unit_of


def entry_text(field: str, value: str, layout: FormLayout, programme: Programme, english: bool) -> str:
    """The name of an entry of the field's list; the value itself where the field has no list, and numbers of a list: they are what is
    sent."""
    if field == "indicator":
        known = next((one for one in layout.indicators if one.code == value), None)
        return (known.en if english else known.zh) if known else value
    if field == "measure":
        return unit_of(value, english) or value
    if english or value.isdecimal():
        return value
    if field == "scope":
        return SCOPE_ZH.get(value, value)
    return programme.codes.lists.get(field, {}).get(value, value)
