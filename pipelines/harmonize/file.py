"""The one door into harmonize: the cells of a file become form parts with canonical rows, or problems that say why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.model.forms import FormLayout
from pipelines.model.periods import Period, PeriodKind
from pipelines.model.programme import Programme
from pipelines.model.raw import ParsedFile, RawSheet
from pipelines.model.submissions import (
    NOTES_SCHEMA,
    RAW_SCHEMA,
    TOTALS_SCHEMA,
    UNREADABLE_MANIFEST,
    FormPart,
    Problem,
    ReadFile,
    ReadOptions,
)
from pipelines.model.tables import rows_schema

from .control_totals import control_totals
from .declared import Title, find_unit, read_title
from .figure_words import figure_words
from .further_tables import known_of, rows_elsewhere, second_title, table_above
from .headers import AliasIndex, DetectedTable, alias_index, find_table
from .movements import with_movements
from .nearest import nearest_header
from .notes_below import notes_below
from .period_texts import period_text
from .pieces import combine
from .rows import RowClasses, classify
from .sender import Evidence, declared_in_rows, sender_of
from .sent_rows import sent_rows
from .several_units import by_unit
from .sheet_choice import choose_sheet
from .table import Casting
from .table_structure import foreign_rows, header_months, structure_problems
from .unit_of_amount import cells_differ, formats_differ, units_of, unstated
from .wide_tables import by_indicator, put_together

_INDEXES: dict[int, tuple[FormLayout, AliasIndex]] = {}


@dataclass(frozen=True)
class _Found:
    file: ParsedFile
    sheet: RawSheet
    table: DetectedTable
    index: AliasIndex
    title: Title
    sheets: list[str]
    """All sheets of the file that hold a table of this form; more than one is a problem."""
    unread: Sequence[RawSheet] = ()
    """Visible sheets of the file without a table."""
    unclear: Problem | None = None
    """That the sheets are of different months and nothing says which is meant."""


def harmonize(parsed: ParsedFile, sha256: str, programme: Programme, options: ReadOptions) -> ReadFile:
    """Finds the programme's forms in a parsed file: one table a form, other sheets are listed. Pure; never raises for a bad file.

    A file with problems A01 or A02 passes through without parts. Precedence of unit and period: options > manifest > meta of
    the file > title > rows. Amounts come out in the form's measure, exact. The files of a package are read each by itself;
    a form that several of them hold for one unit and period is one part in pieces, other units and periods are parts of
    their own."""
    if parsed.problems:
        return ReadFile(sha256, parsed.name, parsed.kind, parsed.encoding, (), parsed.problems)
    options, problems = _declared_by_package(parsed, options)
    indexes = [_index(layout) for layout in programme.forms.values()]
    found: list[_Found] = []
    ignored: list[str] = list(parsed.others)
    files = parsed.members or (parsed,)
    for file in files:
        declared = options.manifest.get("form") or file.meta.get("form")
        wanted = options.period or options.manifest.get("period") or file.meta.get("period")
        found += _tables(
            file, indexes, declared, programme, period_text(wanted) if wanted else None, options.in_hand, ignored
        )
    declared = options.manifest.get("form") or parsed.meta.get("form")
    parts = [
        _part(one, indexes, programme, options, [other.title for other in found if other is not one]) for one in found
    ]
    parts = combine(parts, programme) if len(files) > 1 else parts
    parts = with_movements(parts, files, programme, ignored)
    parts = [one for part in parts for one in by_unit(part, programme.forms[part.form], programme)]
    if not parts:
        nil = _declared_nil(files[0], programme, options, declared) if len(files) == 1 else None
        if nil is not None:
            parts.append(nil)
        else:
            problems.append(_no_table(files, indexes))
    elif declared and declared not in {part.form for part in parts}:
        params = {"kind": "declared_form_absent", "form": declared, "found": ", ".join(part.form for part in parts)}
        parts[0] = replace(parts[0], problems=(*parts[0].problems, Problem("A03", value=declared, params=params)))
    return ReadFile(sha256, parsed.name, parsed.kind, parsed.encoding, tuple(parts), tuple(problems), tuple(ignored))


def _tables(
    file: ParsedFile,
    indexes: Sequence[AliasIndex],
    declared: str | None,
    programme: Programme,
    wanted: str | None,
    in_hand: str | None,
    ignored: list[str],
) -> list[_Found]:
    """The table of each form in a file: of several sheets that of the period `wanted`, else the best; sheets without a table, and
    those of other months, go to `ignored`."""
    candidates: dict[str, list[_Found]] = {}
    unread: list[RawSheet] = []
    for sheet in file.sheets:
        table = find_table(sheet, indexes, declared) if sheet.rows and not sheet.hidden else None
        if table is None:
            ignored += [sheet.label] if sheet.label else []
            unread += [] if sheet.hidden else [sheet]
            continue
        form = table.layout.name
        rows = [(sheet.row_numbers[i], sheet.rows[i]) for i in range(table.top)]
        title = read_title(rows, programme.roster, programme.city_zh, table.layout, programme.language == "en")
        index = next(index for index in indexes if index.layout.name == form)
        candidates.setdefault(form, []).append(_Found(file, sheet, table, index, title, [sheet.label], unread))
    return [_chosen(found, programme, wanted, in_hand, ignored) for found in candidates.values()]


def _chosen(
    found: list[_Found], programme: Programme, wanted: str | None, in_hand: str | None, ignored: list[str]
) -> _Found:
    """One of the sheets that hold a form; where they are of different units, all are refused."""
    if len(found) == 1:
        return found[0]
    labels = [one.sheet.label for one in found]
    choice = choose_sheet([one.title for one in found], [one.sheet.name for one in found], wanted, in_hand)
    if choice.chosen is None:
        best = max(found, key=lambda one: one.table.score)
        if len({unit for one in found if (unit := _unit_of_sheet(one, programme))}) > 1:
            params = {"kind": "sheet_a_unit", "sheets": "、".join(labels)}
            return replace(best, unclear=Problem("A03", best.sheet.label, params=params))
        return replace(best, sheets=labels)
    chosen = found[choice.chosen]
    ignored += [label for label in labels if label != chosen.sheet.label]
    params = {"kind": "sheet_a_month", "sheets": "、".join(labels)}
    return replace(chosen, unclear=Problem("A03", chosen.sheet.label, params=params) if choice.unclear else None)


def _unit_of_sheet(found: _Found, programme: Programme) -> str | None:
    """The unit that a sheet names in its title, else in its name."""
    said = [declared.value for declared in found.title.units]
    return said[0] if said else find_unit(found.sheet.name, programme.roster, programme.city_zh)


def _declared_by_package(parsed: ParsedFile, options: ReadOptions) -> tuple[ReadOptions, list[Problem]]:
    """What the manifest inside a package declares counts like one beside it; where both speak they must agree. One part of
    several that comes alone is refused: it would replace the others."""
    if reason := options.manifest.get(UNREADABLE_MANIFEST):
        return options, [Problem("A01", params={"kind": "bad_sidecar", "reason": reason})]
    alone = options.manifest.get("parts", "1")
    if not parsed.members and alone not in ("", "1"):
        params = {"kind": "part_missing", "expected": alone, "got": "1", "part": options.manifest.get("part", "")}
        return options, [Problem("A01", params=params)]
    if not parsed.members or not parsed.meta:
        return options, []
    problems = []
    for rule, key in (("A06", "unit"), ("A05", "period"), ("A04", "amount_unit")):
        first, second = options.manifest.get(key), parsed.meta.get(key)
        if first and second and first != second:
            params = {"first": first, "first_source": "manifest", "second": second, "second_source": "package"}
            problems.append(Problem(rule, value=second, params={"kind": "contradiction", **params}))
    return replace(options, manifest={**parsed.meta, **options.manifest}), problems


def _index(layout: FormLayout) -> AliasIndex:
    """The alias index of a layout, made once a process."""
    known = _INDEXES.get(id(layout))
    if known is None or known[0] is not layout:
        known = _INDEXES[id(layout)] = (layout, alias_index(layout))
    return known[1]


def _no_table(files: Sequence[ParsedFile], indexes: Sequence[AliasIndex]) -> Problem:
    visible = [sheet for file in files for sheet in file.sheets if not sheet.hidden]
    if any(sheet.no_value for sheet in visible) and not any(sheet.rows for sheet in visible):
        return Problem("A01", params={"kind": "formulas_only"})
    if not any(sheet.rows for sheet in visible):
        return Problem("A01", params={"kind": "empty_file"})
    return nearest_header(visible, indexes, [sheet.label for file in files for sheet in file.sheets if sheet.hidden])


def _declared_nil(
    parsed: ParsedFile, programme: Programme, options: ReadOptions, declared: str | None
) -> FormPart | None:
    """A JSON file without rows whose meta says that nothing happened."""
    silent = parsed.meta.get("nil") == "true" and all(len(sheet.rows) <= 1 for sheet in parsed.sheets)
    if declared not in programme.forms or not silent:
        return None
    assert declared is not None
    evidence = Evidence("", Title(), parsed.meta, options)
    unit, period, problems = sender_of(programme.forms[declared], evidence, programme)
    return FormPart(
        declared,
        unit,
        period,
        programme.forms[declared].measure,
        "",
        {},
        0,
        rows_schema(programme.forms[declared].fields).empty_table(),
        NOTES_SCHEMA.empty_table(),
        RAW_SCHEMA.empty_table(),
        TOTALS_SCHEMA.empty_table(),
        True,
        tuple(problems),
    )


def _part(
    found: _Found, indexes: Sequence[AliasIndex], programme: Programme, options: ReadOptions, others: Sequence[Title]
) -> FormPart:
    """One form of one file; `others` are the titles of the other tables that came with it."""
    sheet, table = found.sheet, found.table
    classes = classify(sheet, table, found.index, indexes)
    part = put_together(
        [_table_part(replace(found, table=one), classes, programme, options, others) for one in by_indicator(table)]
    )
    stated = [one.get("amount_unit", "") for one in (options.manifest, found.file.meta)]
    known = known_of(found.title, part, table, stated)
    beside = [
        *second_title(sheet, table, classes, programme, known),
        *notes_below(sheet, table, classes, programme, known),
        *figure_words(sheet, table, known[1]),
        *table_above(sheet, table, indexes),
        *rows_elsewhere(sheet, table, classes, found.unread),
    ]
    return replace(part, problems=(*beside, *part.problems)) if beside else part


def _table_part(
    found: _Found, classes: RowClasses, programme: Programme, options: ReadOptions, others: Sequence[Title]
) -> FormPart:
    """The rows of a long table, or of one indicator of a wide one."""
    parsed, sheet, table, layout = found.file, found.sheet, found.table, found.table.layout
    problems = [found.unclear] if found.unclear else []
    problems += structure_problems(sheet, table, classes, found.sheets, parsed.kind)
    title = _with_siblings(found.title, others, layout.period_kind)
    units, unit_problems = units_of(sheet, table, parsed, title, options)
    casting = Casting(sheet, table, classes, programme, parsed)
    rows = casting.rows(units)
    totals, unread = control_totals(casting, units)
    problems += [
        *unit_problems,
        *unread,
        *unstated(casting, units, layout, rows),
        *formats_differ(casting, units),
        *cells_differ(casting),
        *casting.problems,
    ]
    evidence = Evidence(sheet.label, title, parsed.meta, options, declared_in_rows(rows, programme))
    unit, period, sender = sender_of(layout, evidence, programme)
    problems += [
        *sender,
        *header_months(sheet, table, period),
        *(() if layout.covers == "children" else foreign_rows(rows, unit, sheet, casting.letters, programme)),
    ]
    nil = (classes.nil or parsed.meta.get("nil") == "true") and not classes.data
    if not classes.data and not nil:
        kind = "formulas_only" if sheet.no_value else "no_rows"
        problems.append(Problem("A07", sheet=sheet.label, params={"kind": kind}))
    return FormPart(
        layout.name,
        unit,
        period,
        layout.measure,
        sheet.label,
        casting.letters,
        sheet.row_numbers[table.end],
        rows,
        casting.notes.table(),
        sent_rows(sheet, classes),
        totals,
        nil,
        tuple(problems),
        headers=dict(table.headers),
    )


def _with_siblings(own: Title, others: Sequence[Title], kind: PeriodKind) -> Title:
    """A sheet that does not name unit or period itself takes them from the titles of the other forms that came with it."""
    title = replace(own)
    for name in ("units", "periods"):
        if not getattr(title, name):
            declared = [one for other in others for one in getattr(other, name)]
            if name == "periods":
                declared = [one for one in declared if Period.parse(one.value).kind == kind]
            if len({one.value for one in declared}) == 1:
                setattr(title, name, declared[:1])
    return title
