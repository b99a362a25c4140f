"""An edition as it was published: its document, its texts and its files, proved against the manifest. Pages are made of nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from ...errors import Refused
from ...model.formulas import printed_rate
from ...model.periods import Period
from ..edition import DEMONSTRATION, DRAFT, SIMULATED
from ..edition_context import BilingualText
from ..manifest import NAME
from ..older_documents import completed

DOCUMENT, TEXTS = "ranking.json", "notes.txt"
_BANNERS = {text.zh for text in (SIMULATED, DEMONSTRATION, DRAFT)}
_SIGNED = "签发 / signed"


@dataclass(frozen=True)
class PublishedEdition:
    """One published edition. `revision` counts the editions published of a period from 0; `paragraphs` are the texts of notes.txt
    without title, banners and signatures; amounts of `document` are in its measure, rates fractions."""

    folder: Path
    period: Period
    document: Mapping[str, Any]
    manifest: Mapping[str, Any]
    manifest_sha256: str
    title: BilingualText
    paragraphs: tuple[BilingualText, ...]
    revision: int = 0

    @property
    def edition_id(self) -> str:
        return str(self.document["edition"])

    @property
    def published_at(self) -> datetime:
        return datetime.fromisoformat(self.document["published_at"])

    @property
    def address(self) -> str:
        """The permanent folder of this revision's page: `2022-06/r0`."""
        return f"{self.period}/r{self.revision}"

    @property
    def units(self) -> Sequence[Mapping[str, Any]]:
        units: Sequence[Mapping[str, Any]] = self.document["units"]
        return units

    @cached_property
    def by_code(self) -> Mapping[str, Mapping[str, Any]]:
        return {unit["unit"]: unit for unit in self.units}

    @property
    def by_score(self) -> bool:
        return bool(self.document["basis"] == "score")

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """The files of the folder that the manifest lists, and the manifest."""
        return {name: (self.folder / name).read_bytes() for name in (*sorted(self.manifest["files"]), NAME)}


def growth_of(unit: Mapping[str, Any]) -> Decimal | None:
    """The rate the table printed for a unit (or the whole): a fraction; None where it printed a word or —."""
    if unit.get("state", "scored") != "scored" or unit.get("growth_mark"):
        return None
    rate = printed_rate(unit["growth"], unit["growth_official"])
    return None if rate is None else Decimal(str(rate))


def amount_of(unit: Mapping[str, Any], field: str) -> Decimal | None:
    """A decimal string of the document as a number."""
    return None if unit.get(field) is None else Decimal(str(unit[field]))


def read_published(folder: Path, proved: bool = False) -> PublishedEdition:
    """The edition of a `published` folder. Refused where a file is not the one the manifest lists: changed content is never shown.
    `proved`: every file was compared with it just now."""
    try:
        text = (folder / NAME).read_bytes()
        manifest = json.loads(text)
        for name, listed in manifest["files"].items():
            if Path(name).name != name:
                raise ValueError(name)
            if not proved and sha256((folder / name).read_bytes()).hexdigest() != listed["sha256"]:
                raise _changed(folder, name)
        document = json.loads((folder / DOCUMENT).read_bytes())
        if document["state"] != "published" or document["content_hash"] != manifest["content_hash"]:
            raise _changed(folder, DOCUMENT)
        title, *paragraphs = _paragraphs((folder / TEXTS).read_text(encoding="utf-8"))
        return PublishedEdition(
            folder=folder,
            period=Period.parse(document["period"]),
            document=completed(document),
            manifest=manifest,
            manifest_sha256=sha256(text).hexdigest(),
            title=title,
            paragraphs=tuple(p for p in paragraphs if p.zh not in _BANNERS),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"已发布的版本不完整：{folder}({error})",
            f"a published edition is not whole: {folder} ({error})",
            "从备份恢复这个目录 / restore the folder from a backup",
        ) from error


def number_revisions(editions: Iterable[PublishedEdition]) -> tuple[PublishedEdition, ...]:
    """Editions in the order of periods and publication, each with the revision number that it was signed and published under: an
    address never moves, whichever editions are at hand. Of a period whose documents carry no number of their own they are counted."""
    ordered = sorted(editions, key=lambda e: (e.period, e.document["edition_number"]))
    numbered: list[PublishedEdition] = []
    for _, group in groupby(ordered, key=lambda e: e.period):
        own = list(group)
        recorded = [edition.document.get("revision") for edition in own]
        known = None not in recorded and len(set(recorded)) == len(own)
        numbered += [
            replace(e, revision=r if known and r is not None else n)
            for n, (e, r) in enumerate(zip(own, recorded, strict=True))
        ]
    return tuple(numbered)


def _changed(folder: Path, name: str) -> Refused:
    return Refused(
        f"已发布的文件与清单不符：{folder / name}",
        f"a published file is not the one its manifest lists: {folder / name}",
        "从备份恢复，已发布的内容不得改动 / restore it from a backup: what is published never changes",
    )


def _paragraphs(text: str) -> list[BilingualText]:
    """Pairs of lines, Chinese and English, apart by empty lines."""
    blocks = [block.splitlines() for block in text.split("\n\n")]
    return [BilingualText(*block) for block in blocks if len(block) == 2 and not block[0].startswith(_SIGNED)]
