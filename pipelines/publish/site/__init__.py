"""The public site: static pages, charts and files made of published editions alone."""

from .kept_drawings import KeptDrawings
from .published_edition import PublishedEdition, number_revisions, read_published
from .site_tree import SiteSource, build_tree, write_tree

__all__ = [
    "KeptDrawings",
    "PublishedEdition",
    "SiteSource",
    "build_tree",
    "number_revisions",
    "read_published",
    "write_tree",
]
