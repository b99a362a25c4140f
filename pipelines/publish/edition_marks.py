"""The marks that no copy of an edition may lose: draft, simulated, signed for demonstration, preliminary. Every file, text and picture
takes them from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .edition_context import BilingualText, EditionContext


@dataclass(frozen=True)
class EditionMarks:
    """Which marks an edition carries. `final`: its figures are settled; else they are preliminary, which is a mark as well."""

    draft: bool
    simulated: bool
    demonstration: bool
    final: bool

    @property
    def warnings(self) -> tuple[BilingualText, ...]:
        """What keeps the figures from being official: draft, simulated, demonstration."""
        return tuple(
            BilingualText(zh, en)
            for zh, en, carried in (
                ("草稿", "DRAFT", self.draft),
                ("模拟数据", "SIMULATED DATA", self.simulated),
                ("演示签字", "DEMONSTRATION SIGNATURE", self.demonstration),
            )
            if carried
        )

    @property
    def figures(self) -> BilingualText:
        """正式数 or 初步数."""
        return BilingualText("正式数", "final") if self.final else BilingualText("初步数", "preliminary")

    @property
    def all(self) -> tuple[BilingualText, ...]:
        """The warnings and what the figures are."""
        return (*self.warnings, self.figures)

    def prefixed(self, text: BilingualText) -> BilingualText:
        """A text with the warnings before it, in brackets."""
        zh = "".join(f"【{mark.zh}】" for mark in self.warnings)
        en = "".join(f"[{mark.en}] " for mark in self.warnings)
        return BilingualText(f"{zh}{text.zh}", f"{en}{text.en}")


def marks_of(edition: EditionContext) -> EditionMarks:
    """Of an edition that is being made."""
    return EditionMarks(edition.state == "draft", edition.programme.simulated, edition.demonstration, edition.final)


def marks_in(document: Mapping[str, Any]) -> EditionMarks:
    """Of a document (ranking.json)."""
    return EditionMarks(
        document["state"] == "draft",
        bool(document["simulated"]),
        bool(document["demonstration"]),
        document.get("figures") == "final",
    )
