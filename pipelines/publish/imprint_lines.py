"""What an edition says of itself beside its signatures: author, co-authors, editor, source, contact (L40); for pages, workbooks, texts
and the metadata of catalogues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..model.publication import Imprint
from ..model.rank_document import ImprintDocument

LABELS: Mapping[str, tuple[str, str]] = {
    "source": ("来源", "Source"),
    "author": ("撰稿", "Author"),
    "co_authors": ("通讯员", "Co-authors"),
    "editor": ("责编", "Editor"),
    "mail": ("联系邮箱", "Mail"),
    "hotline": ("热线电话", "Hotline"),
}

MAKERS = ("author", "co_authors", "editor")


@dataclass(frozen=True)
class ImprintLine:
    """One entry with its label in both languages; `text_en` differs from `text` only where the programme gives an English name."""

    key: str
    zh: str
    en: str
    text: str
    text_en: str

    @property
    def said(self) -> str:
        """In one line of text."""
        own = self.text if self.text == self.text_en else f"{self.text} {self.text_en}"
        return f"{self.zh} / {self.en}: {own}"


def imprint_document(imprint: Imprint) -> ImprintDocument:
    """Of ranking.json: what is given, in the order of the page; {} where nothing is."""
    given: Any = {
        "source": imprint.source,
        "source_en": imprint.source_en,
        "author": imprint.author,
        "co_authors": list(imprint.co_authors),
        "editor": imprint.editor,
        "mail": imprint.mail,
        "hotline": imprint.hotline,
    }
    said: ImprintDocument = {key: value for key, value in given.items() if value}  # type: ignore[assignment]
    return said


def imprint_lines(document: Mapping[str, Any]) -> list[ImprintLine]:
    """The lines of `imprint` of a ranking.json, of an edition of any age."""
    found = []
    for key, (zh, en) in LABELS.items():
        value = document.get(key)
        if not value:
            continue
        text = value if isinstance(value, str) else "、".join(value)
        text_en = text if isinstance(value, str) else ", ".join(value)
        found.append(ImprintLine(key, zh, en, text, document.get(f"{key}_en", text_en)))
    return found


def contributors(imprint: Imprint, publisher: str) -> list[dict[str, str]]:
    """Of a Frictionless data package: publisher with its mailbox, then author, co-authors and editor by the roles it knows."""
    found = [{"title": publisher, "role": "publisher"} | ({"email": imprint.mail} if imprint.mail else {})]
    people = [(imprint.author, "author"), *((name, "contributor") for name in imprint.co_authors)]
    people.append((imprint.editor, "maintainer"))
    return [*found, *({"title": name, "role": role} for name, role in people if name)]


def sources(imprint: Imprint) -> list[dict[str, str]] | None:
    """Of a Frictionless data package."""
    return [{"title": imprint.source}] if imprint.source else None


def credit_text(imprint: Imprint) -> str | None:
    """Of a schema.org Dataset: who made it, in one line; whether a name is a person's or an office's nobody declares."""
    given = [line.said for line in imprint_lines(imprint_document(imprint)) if line.key in MAKERS]
    return "；".join(given) or None


def publishing_organization(imprint: Imprint, publisher: str) -> dict[str, Any] | None:
    """Of a schema.org Dataset: who is asked, and how; None where the programme names no contact."""
    contact = {key: text for key, text in (("email", imprint.mail), ("telephone", imprint.hotline)) if text}
    if not contact:
        return None
    return {"@type": "Organization", "name": publisher, "contactPoint": {"@type": "ContactPoint", **contact}}
