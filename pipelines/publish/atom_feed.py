"""feed.atom: every published edition, newest first, as an Atom feed (RFC 4287). Texts are escaped by the writer of XML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from .edition_context import BilingualText
from .edition_marks import marks_in
from .site.published_edition import PublishedEdition

_ATOM = "http://www.w3.org/2005/Atom"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def atom_feed(editions: Sequence[PublishedEdition], name: str, title: BilingualText, site_url: str) -> bytes:
    """The feed. Addresses are those of the site; without its address they are relative to the feed. `name` is the programme's."""
    ElementTree.register_namespace("", _ATOM)
    feed = _element(None, "feed")
    _text(feed, "id", f"tag:saima,2022:{name}")
    _text(feed, "title", f"{title.zh} / {title.en}")
    ordered = sorted(editions, key=lambda e: (e.published_at, e.edition_id), reverse=True)
    _text(feed, "updated", ordered[0].published_at.isoformat() if ordered else "1970-01-01T00:00:00+00:00")
    _text(_element(feed, "author"), "name", title.zh)
    base = f"{site_url.rstrip('/')}/" if site_url else ""
    _element(feed, "link").set("rel", "self")
    feed[-1].set("href", f"{base}feed.atom")
    for edition in ordered:
        entry = _element(feed, "entry")
        _text(entry, "id", f"tag:saima,2022:{name}/{edition.edition_id}")
        revised = f"（更正 r{edition.revision}）" if edition.revision else ""
        marks = marks_in(edition.document)
        named = marks.prefixed(BilingualText(f"{edition.title.zh}{revised}", edition.title.en))
        _text(entry, "title", f"{named.zh} / {named.en}")
        for mark in marks.all:
            _element(entry, "category").set("term", mark.en)
            entry[-1].set("label", mark.zh)
        _text(entry, "updated", edition.published_at.isoformat())
        _element(entry, "link").set("href", f"{base}{edition.address}/")
        _text(entry, "summary", "\n".join((f"（{marks.figures.zh}）", *(text.zh for text in edition.paragraphs[:3]))))
    ElementTree.indent(feed)
    text: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _element(parent: ElementTree.Element | None, name: str) -> ElementTree.Element:
    tag = f"{{{_ATOM}}}{name}"
    return ElementTree.Element(tag) if parent is None else ElementTree.SubElement(parent, tag)


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    _element(parent, name).text = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
