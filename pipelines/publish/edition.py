"""Renders an edition folder: the page, the notes, the files of `data_files` and manifest.json. The same content gives the
same bytes: no clock is read but the instants of the context."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..errors import Terminal
from ..model.rank_document import RankDocument
from ..model.ranking import Ranking
from . import edition_tables as tables
from .atomic_file import write_whole
from .data_files import data_files, file_names
from .differences import change_notes
from .document import rank_document
from .edition_context import BilingualText, EditionContext
from .edition_marks import marks_of
from .edition_texts import ROLES, headline, notes, title
from .funnel_table import TITLE as FUNNEL_TITLE
from .funnel_table import funnel_columns, funnel_rows
from .imprint_lines import imprint_lines
from .manifest import NAME, Manifest, make_manifest
from .scoring_words import anchor_head, anchors_used, deduction_names
from .without_levels import without_levels

TEMPLATES = Path(__file__).parent / "templates"
SIMULATED = BilingualText(
    "模拟数据：本页全部数字为演示用模拟数据，不是统计数据。", "SIMULATED DATA: every figure here is simulated."
)
DEMONSTRATION = BilingualText(
    "演示签字：签发人为演示账号，不是真实签发。", "DEMONSTRATION SIGNATURE: signed by a demo approver."
)
DRAFT = BilingualText("草稿：未经签发，不得对外提供。", "DRAFT: not signed, not for release.")


def render(ranking: Ranking, edition: EditionContext, out: Path, document: RankDocument | None = None) -> Manifest:
    """Writes the edition's files into `out` and returns the manifest. `document`: `rank_document` of the two, where the caller has it.

    A file whose bytes are already there is not touched; the manifest is written last, so a folder whose manifest agrees is
    whole. Terminal when the state is published and the programme does not allow a public ranking.
    """
    method = edition.programme.method
    if edition.state == "published" and not method.public_ranking:
        raise Terminal(
            f"方案 {edition.programme.name} 不公开排名（public_ranking = false）",
            f"programme {edition.programme.name} keeps its ranking internal (public_ranking = false)",
            "在 method.toml 中依据文件修改后再发布 / change method.toml on a documented basis before publishing",
        )
    signed = document or rank_document(ranking, edition)
    approved = signed["content_hash"]
    shown, told = ranking, signed
    if not method.show_levels:
        shown = without_levels(ranking)
        edition = replace(edition, further=tuple((p, without_levels(further)) for p, further in edition.further))
        told = {**rank_document(shown, edition), "content_hash": approved}
    files = {
        **data_files(shown, edition, told),
        "index.html": _page(shown, edition, told).encode(),
        "notes.txt": _notes_text(shown, edition, told).encode(),
    }
    manifest = make_manifest(ranking, edition, approved, files)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (*files.items(), (NAME, manifest.text.encode())):
        _write(out / name, content)
    return manifest


def _page(ranking: Ranking, edition: EditionContext, document: RankDocument) -> str:
    css = (TEMPLATES / "edition.css").read_text(encoding="utf-8")
    style = base64.b64encode(sha256(css.encode()).digest()).decode()
    return (
        _environment()
        .get_template("edition.html.j2")
        .render(
            css=Markup(css),  # noqa: S704 — our own file, hashed into the page's policy
            policy=f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'",
            title=title(edition),
            banners=_banners(edition),
            paragraphs=headline(ranking, edition),
            columns=tables.columns(ranking, edition),
            city=tables.city_row(ranking, edition),
            rows=tables.unit_rows(ranking, edition),
            bars=tables.growth_bars(ranking),
            indicators=tables.indicator_names(ranking),
            anchors=tables.anchor_rows(ranking),
            anchor_heads=[anchor_head(ranking.method, key) for key in anchors_used(ranking.method)],
            deducted=deduction_names(ranking),
            figures=marks_of(edition).figures,
            calculation=tables.calculation(ranking),
            levels=edition.programme.method.show_levels,
            measure=edition.display,
            more_tables=_more_tables(ranking, edition),
            downloads=file_names(ranking, edition),
            notes=[*change_notes(document), *notes(ranking, edition)],
            signatures=[(ROLES.get(s.role, (s.role, s.role)), s, edition.local(s.at)) for s in edition.signatures],
            required=[ROLES.get(role, (role, role)) for role in edition.programme.method.signatures],
            imprint=imprint_lines(document.get("imprint", {})),
            ranking=ranking,
            edition=edition,
            approved=document["content_hash"],
        )
    )


@dataclass(frozen=True)
class MoreTable:
    """A table below the main one: further indicators, parents of the ranking units, the stages of the dispatch library."""

    title: BilingualText
    columns: tuple[tables.TableColumn, ...]
    rows: tuple[Mapping[str, tables.TableCell], ...]


def _more_tables(ranking: Ranking, edition: EditionContext) -> list[MoreTable]:
    found = []
    for programme, further in edition.further:
        own = edition.about(programme)
        zh, en = own.indicator_names
        rows = (tables.city_row(further, own), *tables.unit_rows(further, own))
        found.append(MoreTable(BilingualText(f"{zh}排名", f"Ranking by {en}"), tables.columns(further, own), rows))
    if ranking.parents:
        zh, en = edition.indicator_names
        name = BilingualText(f"{zh}分地区汇总", f"{en} by area")
        found.append(
            MoreTable(name, tables.parent_columns(ranking, edition), tuple(tables.parent_rows(ranking, edition)))
        )
    if edition.funnel:
        found.append(MoreTable(FUNNEL_TITLE, funnel_columns(), funnel_rows(edition)))
    return found


def _notes_text(ranking: Ranking, edition: EditionContext, document: RankDocument) -> str:
    heading = title(edition)
    lines = [heading.zh, heading.en, ""]
    changed = change_notes(document)
    for text in (*_banners(edition), *headline(ranking, edition), *changed, *notes(ranking, edition)):
        lines += [text.zh, text.en, ""]
    for signature in edition.signatures:
        zh, en = ROLES.get(signature.role, (signature.role, signature.role))
        lines += [f"签发 / signed: {zh} / {en}: {signature.name}, {edition.local(signature.at)}"]
    lines += [line.said for line in imprint_lines(document.get("imprint", {}))]
    return "\n".join(lines).rstrip("\n") + "\n"


def _banners(edition: EditionContext) -> list[BilingualText]:
    return [
        text
        for text, shown in (
            (DRAFT, edition.state == "draft"),
            (SIMULATED, edition.programme.simulated),
            (DEMONSTRATION, edition.demonstration),
        )
        if shown
    ]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _write(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content)
