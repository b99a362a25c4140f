"""Editions without their documents, for lists: a document holds the whole ranking, and nothing that lists editions may read them all."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from pipelines.model.loading import EditionState

from ..db.database import Database
from ..db.schema import EDITION


@dataclass(frozen=True)
class EditionHead:
    """What is recorded of an edition beside its document."""

    edition_id: str
    number: int
    period: str
    state: EditionState
    content_hash: str
    path: str
    created_at: datetime
    published_at: datetime | None
    published_path: str
    manifest_hash: str


_COLUMNS = [EDITION.c[field.name] for field in fields(EditionHead)]


class EditionHeads:
    """The heads of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(
        self, drafts: bool, most: int, period: str | None = None, before: str | None = None
    ) -> list[EditionHead]:
        """At most `most`, the newest period and number first; without `drafts` the published ones alone, with `before` those of
        periods before it."""
        query = sa.select(*_COLUMNS).order_by(EDITION.c.period.desc(), EDITION.c.number.desc()).limit(most)
        if not drafts:
            query = query.where(EDITION.c.state == "published")
        if period is not None:
            query = query.where(EDITION.c.period == period)
        if before is not None:
            query = query.where(EDITION.c.period < before)
        with self._database.read() as connection:
            return [EditionHead(**row._mapping) for row in connection.execute(query)]

    def of_id(self, edition_id: str) -> EditionHead | None:
        """None where there is none of that name."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(*_COLUMNS).where(EDITION.c.edition_id == edition_id)).one_or_none()
        return EditionHead(**row._mapping) if row else None

    def published(self, first: str = "") -> list[EditionHead]:
        """Every published one of periods from `first` on, by period and number."""
        query = sa.select(*_COLUMNS).where(EDITION.c.state == "published", EDITION.c.period >= first)
        query = query.order_by(EDITION.c.period, EDITION.c.number)
        with self._database.read() as connection:
            return [EditionHead(**row._mapping) for row in connection.execute(query)]

    def of_period(self, period: str) -> list[EditionHead]:
        """All of a period, superseded ones too, by number."""
        query = sa.select(*_COLUMNS).where(EDITION.c.period == period).order_by(EDITION.c.number)
        with self._database.read() as connection:
            return [EditionHead(**row._mapping) for row in connection.execute(query)]

    def periods(self, drafts: bool) -> tuple[str, ...]:
        """Periods that have editions, the newest first."""
        query = sa.select(EDITION.c.period).distinct().order_by(EDITION.c.period.desc())
        if not drafts:
            query = query.where(EDITION.c.state == "published")
        with self._database.read() as connection:
            return tuple(connection.scalars(query))

    def last_publication(self) -> datetime | None:
        """When anything was published last."""
        at = EDITION.c.published_at
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(
                sa.select(at).where(at.is_not(None)).order_by(at.desc()).limit(1)
            )
        return found
