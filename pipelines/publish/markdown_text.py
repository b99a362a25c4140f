"""Text from outside inside Markdown (what a signer reads in Airflow): shown as it was written, nothing of it a mark, a tag or a link."""

from __future__ import annotations

import re

_MARKS = re.compile(r"[\\`*_\[\]<>|~&#!]|:(?=//)|(?<!:)/(?=/)|(?<=www)\.", re.IGNORECASE)


def markdown_text(text: str) -> str:
    """One line of CommonMark (and of GitHub's tables and bare addresses) that shows this text; line ends become spaces."""
    return _MARKS.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
