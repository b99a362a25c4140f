"""Editions: the page, CSV, JSON, notes and manifest of a ranked month."""

from .document import content_hash, rank_document
from .edition import render
from .edition_context import EditionContext, InputUsed, PreviousPlace, PrintedSignature
from .manifest import Manifest, PublishedFile

__all__ = [
    "EditionContext",
    "InputUsed",
    "Manifest",
    "PreviousPlace",
    "PrintedSignature",
    "PublishedFile",
    "content_hash",
    "rank_document",
    "render",
]
