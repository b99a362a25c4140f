"""The public site of a home, rebuilt after each publication from the published editions on its disk; a failure never undoes a
publication, is told, and is repaired by `saima site build`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from ...errors import Refused
from ...publish.atom_feed import atom_feed
from ...publish.edition_context import BilingualText
from ...publish.manifest import NAME
from ...publish.site import (
    KeptDrawings,
    PublishedEdition,
    SiteSource,
    build_tree,
    number_revisions,
    read_published,
    write_tree,
)
from ...warehouse.db.locking import file_lock
from ...warehouse.editions.edition_heads import EditionHead
from ..records.public_pages import DRAWINGS, SITE_LOCK, note_site, noted_drawings
from ..records.published_editions import PUBLISHED
from ..runtime.context import Context
from ..runtime.stage_log import logged_stage
from .announce_releases import calendar_files
from .rule_failure_rates import rule_failures

SITE_SECONDS = 300.0
"""A site of ten years is built in less; who waits longer is told who builds it."""


class SiteBuilt(BaseModel):
    """What a build did (the JSON of `saima site build`): the folder, how many editions it shows, files in all and files that changed."""

    folder: Path
    editions: int
    files: int
    written: int


@logged_stage("site", lambda done: {"editions": done.editions, "files": done.files, "written": done.written})
def build_site(context: Context, now: datetime, proved: Collection[str] = ()) -> SiteBuilt:
    """Build the site of every edition that is published. Refused where a published file is not what its manifest
    says, or the programme keeps its ranking internal. Two builds at once wait for each other. `proved`: editions whose files the caller
    has compared with their manifests just now."""
    if not context.programme.method.public_ranking:
        raise Refused(
            f"方案 {context.programme.name} 不公开排名，没有网站",
            f"programme {context.programme.name} keeps its ranking internal: it has no site",
        )
    folder = context.settings.site
    with file_lock(context.settings.home / SITE_LOCK, SITE_SECONDS, "site"):
        editions = shown_editions(context, now, proved)
        drawings = KeptDrawings(context.settings.home / DRAWINGS, noted_drawings(context))
        source = SiteSource(
            context.programme,
            editions,
            context.settings.site_url,
            drawings,
            rules=rule_failures(context, editions, now),
            more_files=_more_files(context, editions),
        )
        files, written = write_tree(build_tree(source), folder)
        note_site(context, files, drawings.used, now)
    return SiteBuilt(folder=folder, editions=len(editions), files=len(files), written=written)


def _more_files(context: Context, editions: tuple[PublishedEdition, ...]) -> dict[str, bytes]:
    """The feed of the editions, and the calendar once it was announced."""
    p = context.programme
    feed = atom_feed(editions, p.name, BilingualText(p.zh, p.en), context.settings.site_url)
    return {"feed.atom": feed, **{f"calendar/{name}": text for name, text in calendar_files(context).items()}}


def shown_editions(context: Context, now: datetime, proved: Collection[str] = ()) -> tuple[PublishedEdition, ...]:
    """The editions of the home that readers may see at this moment, each proved against its manifest and the ledger."""
    published = context.warehouse.edition_heads.published()
    _refuse_lost(context, published)
    known = {e.edition_id: e.manifest_hash for e in published}
    found = []
    for folder in sorted(context.settings.editions.glob(f"*/*/{PUBLISHED}")):
        edition_id = folder.parent.name
        if edition_id not in known:
            continue  # a crash between writing and recording: not published yet, or unknown to a restored ledger (`saima audit`)
        edition = read_published(folder, edition_id in proved)
        if edition.manifest_sha256 != known[edition_id]:
            raise Refused(
                f"{edition_id} 的清单与账簿记录的不同：{folder}",
                f"the manifest of {edition_id} is not the one the ledger recorded: {folder}",
                "从备份恢复这个目录 / restore the folder from a backup",
            )
        # its embargo was over when it was published; the calendar may have been moved since, for a correction of the month
        if edition.published_at <= now:
            found.append(edition)
    return number_revisions(found)


def _refuse_lost(context: Context, published: Iterable[EditionHead]) -> None:
    """An edition whose folder is gone would leave the site, whose addresses never move."""
    root = context.settings.editions
    gone = [e for e in published if not (root / e.period / e.edition_id / PUBLISHED / NAME).is_file()]
    if gone:
        raise Refused(
            f"已发布的版本不在盘上：{'、'.join(e.edition_id for e in gone)}，网站保持原样",
            f"published editions are gone from the disk: {', '.join(e.edition_id for e in gone)}; the site stays as it is",
            f"从备份恢复 / restore from a backup: {', '.join(str(root / e.period / e.edition_id) for e in gone)}",
        )
