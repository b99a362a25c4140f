"""The files of an edition for programs and spreadsheets, the same figures in each: JSON, CSV, workbook, Parquet, JSON-stat, SDMX-CSV
with its structure, the metadata of catalogues, and the script that verifies all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..model.programme import Method
from ..model.rank_document import ChangedCell, RankDocument
from ..model.ranking import Ranking
from .csv_table import figures_csv
from .dataset_metadata import data_package, dataset_document
from .document import to_json
from .edition_context import BilingualText, EditionContext
from .edition_figures import FigureTable, figure_table, parent_table
from .edition_marks import marks_of
from .edition_texts import ROLES, headline, notes, title
from .edition_workbook import SHORTHAND, EditionWorkbook, changes_table, printed_table
from .imprint_lines import imprint_document, imprint_lines
from .json_stat import json_stat
from .observations import observations
from .parquet_file import figures_parquet
from .sdmx_files import sdmx_csv, sdmx_structure

RANKING = "ranking.csv"
PARENTS = "parents.csv"
VERIFIER = "verify.py"
_FIXED = (
    "ranking.json",
    "ranking.xlsx",
    "ranking.parquet",
    "ranking.jsonstat.json",
    "ranking.sdmx.csv",
    "structure.sdmx.json",
    "datapackage.json",
    "dataset.jsonld",
    "notes.txt",
    VERIFIER,
)


def further_name(method: Method) -> str:
    """File of a further indicator's ranking; one indicator may be ranked in two scopes."""
    scope = {"属地": "_territorial", "管理": "_managed"}.get(method.unit_scope, "")
    return f"ranking_{method.indicator}{scope}.csv"


def file_names(ranking: Ranking, edition: EditionContext) -> list[str]:
    """What a reader may download of an edition, in the order of the page."""
    further = [further_name(programme.method) for programme, _ in edition.further]
    return [RANKING, *([PARENTS] if ranking.parents else []), *further, *_FIXED]


def csv_tables(ranking: Ranking, edition: EditionContext) -> dict[str, FigureTable]:
    """File name → table, the lead ranking first."""
    return {
        RANKING: figure_table(ranking, edition),
        **({PARENTS: parent_table(ranking)} if ranking.parents else {}),
        **{further_name(p.method): figure_table(further, edition.about(p)) for p, further in edition.further},
    }


def data_files(ranking: Ranking, edition: EditionContext, document: RankDocument) -> dict[str, bytes]:
    """File name → bytes, of a ranking as it may be shown (levels left out where they are not public). `document`: of ranking.json."""
    tables = csv_tables(ranking, edition)
    further = [tables[further_name(programme.method)] for programme, _ in edition.further]
    found = observations(edition, tables[RANKING], further, tables.get(PARENTS))
    at = edition.published_at or edition.drafted_at
    files = {
        "ranking.json": to_json(document),
        **{name: figures_csv(table) for name, table in tables.items()},
        "ranking.xlsx": workbook(ranking, edition, tables, document.get("changes", ())),
        "ranking.parquet": figures_parquet(tables[RANKING], edition),
        "ranking.jsonstat.json": json_stat(found, edition, at),
        "ranking.sdmx.csv": sdmx_csv(found, edition),
        "structure.sdmx.json": sdmx_structure(found, edition, at),
        VERIFIER: (Path(__file__).parent / "verify_edition.py").read_bytes(),
    }
    about = " ".join(text.zh for text in (*_warnings(edition), *headline(ranking, edition)))
    measures = {RANKING: edition.measure, PARENTS: edition.measure}
    measures |= {further_name(p.method): edition.about(p).measure for p, _ in edition.further}
    return {
        **files,
        "datapackage.json": data_package(files, tables, measures, edition, about),
        "dataset.jsonld": dataset_document(files, tables[RANKING].columns, edition, about),
    }


def workbook(
    ranking: Ranking, edition: EditionContext, tables: Mapping[str, FigureTable], changes: Sequence[ChangedCell]
) -> bytes:
    """ranking.xlsx: cover, notes, the ranking as printed, all its figures, further tables, the `changes` of a correction."""
    heading = title(edition)
    book = EditionWorkbook(heading, edition)
    status = marks_of(edition).figures
    contents = [("排名 Ranking", "各地区排名 / ranking of the units"), ("数值 Figures", "全部数值 / every figure")]
    contents += [(_sheet(name), name) for name in tables if name != RANKING]
    contents += [("更正 Changes", "更正的单元格 / cells that were corrected")] if edition.corrects else []
    cover = [[heading.zh], [heading.en], *([text.zh + " " + text.en] for text in _warnings(edition))]
    cover += [[f"{status.zh} {status.en}; {edition.edition_id}, r{edition.revision}"]]
    if edition.published_at:
        cover += [[f"发布 / published: {edition.local(edition.published_at)}"]]
    for signature in edition.signatures:
        zh, en = ROLES.get(signature.role, (signature.role, signature.role))
        cover += [[f"签发 / signed: {zh} / {en}: {signature.name}, {edition.local(signature.at)}"]]
    imprint = imprint_lines(imprint_document(edition.programme.imprint))
    cover += [[line.said] for line in imprint]
    cover += [["说明 Notes: 说明与符号 / notes and symbols"], *([f"{name}: {what}"] for name, what in contents)]
    book.page("封面 Cover", edition.programme.zh, cover)
    texts = (*SHORTHAND, *headline(ranking, edition), *notes(ranking, edition))
    imprint_rows = [[f"{o.zh}：{o.text}", f"{o.en}: {o.text_en}"] for o in imprint]
    book.page("说明 Notes", "说明 / Notes", [*([text.zh, text.en] for text in texts), *imprint_rows], width=90)
    unit = edition.display.raw
    lead = tables[RANKING]
    measured = f"金额单位 / amounts in {unit}; 增速、完成率为小数 / rates as fractions"
    printed = printed_table(lead, ranking.basis == "score")
    book.table("排名 Ranking", f"{heading.zh} / {heading.en} ({measured})", printed, whole=lead)
    book.table("数值 Figures", f"全部数值 / every figure ({measured})", lead)
    for name, table in tables.items():
        if name != RANKING:
            book.table(_sheet(name), name, table)
    if edition.corrects:
        book.table("更正 Changes", f"本版更正 / corrects {edition.corrects[0]}", changes_table(changes))
    return book.content()


def _warnings(edition: EditionContext) -> list[BilingualText]:
    """What nobody who opens one file alone may miss."""
    found = []
    if edition.state == "draft":
        found.append(BilingualText("草稿：未经签发，不得对外提供。", "DRAFT: not signed, not for release."))
    if edition.programme.simulated:
        found.append(BilingualText("模拟数据。", "SIMULATED DATA."))
    if edition.demonstration:
        found.append(BilingualText("演示签字。", "DEMONSTRATION SIGNATURE."))
    return found


def _sheet(name: str) -> str:
    """Name of a sheet, at most 31 characters: `parents`, `ranking_total_investment` …"""
    return "".join(c if c not in "[]:*?/\\'" else " " for c in name.removesuffix(".csv"))[:31]
