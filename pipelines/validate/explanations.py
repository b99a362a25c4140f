"""When a query counts as answered: the row's 上报说明 says something (domain.md §2.7: at least ten characters; domain_decisions §7: ten
characters of 情况属实 are not an explanation)."""

from __future__ import annotations

import re
import unicodedata

MINIMUM = 10
_EMPTY_WORDS = re.compile(r"情况属实|数据属实|属实|情况真实|数据真实|数据无误|无误|已核实|经核实")
_DISTINCT = 4


def adequate(explanation: str | None) -> bool:
    """At least ten characters (punctuation and spaces not counted), and more than assurances and repeated characters."""
    if not explanation:
        return False
    text = "".join(c for c in unicodedata.normalize("NFKC", explanation) if unicodedata.category(c)[0] in "LN")
    return len(text) >= MINIMUM and len(set(_EMPTY_WORDS.sub("", text))) >= _DISTINCT


def names_rule(explanation: str | None, rule: str) -> bool:
    """An adequate explanation that names the rule: how a query about the whole file is answered in some row."""
    return adequate(explanation) and bool(re.search(rf"(?<![0-9A-Z]){rule}(?![0-9A-Z])", (explanation or "").upper()))
