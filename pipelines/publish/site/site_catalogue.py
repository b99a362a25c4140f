"""`editions.json`: what has been published, for machines."""

from __future__ import annotations

from pydantic import BaseModel


class CatalogueEdition(BaseModel):
    """One edition in `editions.json`. `address`: its folder in the site; `files`: name → SHA-256."""

    period: str
    revision: int
    edition: str
    published_at: str
    address: str
    newest: bool
    content_hash: str
    manifest_sha256: str
    files: dict[str, str]


class SiteCatalogue(BaseModel):
    """`editions.json` at the root of the site: what has been published, oldest first."""

    programme: str
    name: str
    name_en: str
    editions: list[CatalogueEdition]
