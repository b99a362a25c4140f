"""Editions: the page, CSV, JSON, notes and manifest of a ranked month."""

from .context import EditionContext, InputUsed, PreviousPlace, Signature
from .document import content_hash, rank_document
from .edition import render
from .manifest import Manifest, PublishedFile
from .tables import terminal_rows

__all__ = [
    "EditionContext",
    "InputUsed",
    "Manifest",
    "PreviousPlace",
    "PublishedFile",
    "Signature",
    "content_hash",
    "rank_document",
    "render",
    "terminal_rows",
]
