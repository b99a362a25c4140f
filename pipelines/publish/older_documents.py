"""Documents of editions that an older version of the program published: what they do not say is not known, and is shown as that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OF_EDITION: Mapping[str, Any] = {
    "figures": "provisional",
    "compared_with": None,
    "notes": [],
    "withheld": [],
    "decisions": [],
}
OF_CITY: Mapping[str, Any] = {"annual_target": None, "schedule_completion": None}
OF_UNIT: Mapping[str, Any] = {
    "movement": None,
    "growth_change_pp": None,
    "remarks": [],
    "counts": {},
    "unanswered": {"queries": None, "rows": None, "share": None},
}
"""Field → what stands for it where the document has none (before 26 November 2026)."""


def completed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with every field that pages and comparisons read. What it says stays as it was signed; a name it gives in Chinese
    alone stands in both languages. Its hash is that of the document as it lies there, not of this one."""
    if all("name_en" in unit for unit in document["units"]):
        return document
    return {
        **OF_EDITION,
        **document,
        "city": {**OF_CITY, "name_en": document["city"]["name"], **document["city"]},
        "units": [{**OF_UNIT, "name_en": unit["name"], **unit} for unit in document["units"]],
    }
