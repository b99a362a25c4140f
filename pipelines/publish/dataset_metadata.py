"""What catalogues and search engines read: datapackage.json (Frictionless Data Package) and dataset.jsonld (schema.org Dataset)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, Field

from .edition_context import EditionContext
from .edition_figures import FigureColumn, FigureKind, FigureTable
from .edition_marks import marks_of
from .edition_texts import title
from .imprint_lines import contributors, credit_text, publishing_organization, sources
from .sdmx_files import unit_name

_FIELD_TYPES: dict[FigureKind, str] = {"text": "string", "integer": "integer"}
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html",
    ".txt": "text/plain",
    ".py": "text/x-python",
    ".sdmx.csv": "application/vnd.sdmx.data+csv;version=2.0.0",
    ".sdmx.json": "application/vnd.sdmx.structure+json;version=2.0.0",
}


class TableField(BaseModel):
    """A field of a Table Schema; `unit`: what its figures are in, none for text."""

    name: str
    type: str
    title: str
    description: str
    unit: str | None = None


class TableSchema(BaseModel):
    """A Table Schema. Missing cells are empty."""

    fields: list[TableField]
    missingValues: list[str] = [""]
    primaryKey: list[str] | None = None


class DataResource(BaseModel):
    """A file of the package."""

    name: str
    path: str
    title: str
    format: str
    mediatype: str
    encoding: str = "utf-8"
    bytes: int
    hash: str
    profile: str = "tabular-data-resource"
    schema_: TableSchema = Field(serialization_alias="schema")


class DataPackage(BaseModel):
    """datapackage.json; the resources are the tables, every other file of the edition stands in manifest.json. `keywords`: the marks of
    the edition (simulated, draft, preliminary)."""

    profile: str = "data-package"
    name: str
    id: str
    title: str
    description: str
    version: str
    created: str
    contributors: list[dict[str, str]]
    sources: list[dict[str, str]] | None = None
    keywords: list[str] = []
    resources: list[DataResource]


class DatasetDownload(BaseModel):
    """One file of the data set."""

    type_: str = Field(default="DataDownload", serialization_alias="@type")
    name: str
    contentUrl: str
    encodingFormat: str
    contentSize: str
    sha256: str


class DatasetDocument(BaseModel):
    """A schema.org Dataset."""

    context: str = Field(default="https://schema.org/", serialization_alias="@context")
    type_: str = Field(default="Dataset", serialization_alias="@type")
    name: list[dict[str, str]]
    description: str
    identifier: str
    version: str
    inLanguage: list[str]
    temporalCoverage: str
    spatialCoverage: dict[str, str]
    creator: dict[str, str]
    creditText: str | None = None
    sourceOrganization: dict[str, str] | None = None
    publisher: dict[str, Any] | None = None
    dateCreated: str
    datePublished: str | None
    creativeWorkStatus: str
    isAccessibleForFree: bool = True
    keywords: list[str]
    measurementTechnique: str
    variableMeasured: list[dict[str, str]]
    distribution: list[DatasetDownload]


def data_package(
    files: Mapping[str, bytes],
    tables: Mapping[str, FigureTable],
    measures: Mapping[str, str],
    edition: EditionContext,
    description: str,
) -> bytes:
    """The package of the CSV tables: file name → table of `tables`, the measure of its amounts, bytes of `files`."""
    marks = marks_of(edition)
    heading = marks.prefixed(title(edition))
    document = DataPackage(
        name=f"{_slug(edition.programme.name)}-{str(edition.period).lower()}-r{edition.revision}",
        id=edition.edition_id,
        title=f"{heading.zh} / {heading.en}",
        description=description,
        version=f"{edition.period}.r{edition.revision}",
        created=(edition.published_at or edition.drafted_at).isoformat(),
        contributors=contributors(edition.programme.imprint, edition.programme.zh),
        sources=sources(edition.programme.imprint),
        keywords=[word for mark in marks.all for word in (mark.zh, mark.en)],
        resources=[
            DataResource(
                name=_slug(path.removesuffix(".csv")),
                path=path,
                title=path,
                format="csv",
                mediatype="text/csv",
                encoding="utf-8-sig",
                bytes=len(files[path]),
                hash=f"sha256:{sha256(files[path]).hexdigest()}",
                schema_=TableSchema(fields=[_field(column, measures[path], edition) for column in table.columns]),
            )
            for path, table in tables.items()
        ],
    )
    return _json(document)


def dataset_document(
    files: Mapping[str, bytes], columns: Sequence[FigureColumn], edition: EditionContext, description: str
) -> bytes:
    """The data set; addresses are relative to the edition's folder, wherever it is served from."""
    marks, programme = marks_of(edition), edition.programme
    source = programme.imprint.source
    heading = marks.prefixed(title(edition))
    document = DatasetDocument(
        name=[{"@language": "zh", "@value": heading.zh}, {"@language": "en", "@value": heading.en}],
        description=description,
        identifier=edition.edition_id,
        version=f"r{edition.revision}",
        inLanguage=["zh", "en"],
        temporalCoverage=f"{edition.period.year}-01-01/{edition.period.last_day.isoformat()}",
        spatialCoverage={"@type": "Place", "name": programme.city_zh},
        creator={"@type": "Organization", "name": programme.zh},
        creditText=credit_text(programme.imprint),
        sourceOrganization={"@type": "Organization", "name": source} if source else None,
        publisher=publishing_organization(programme.imprint, programme.zh),
        dateCreated=edition.drafted_at.isoformat(),
        datePublished=edition.published_at.isoformat() if edition.published_at else None,
        creativeWorkStatus="final" if edition.final else "provisional",
        keywords=[word for mark in marks.all for word in (mark.zh, mark.en)],
        measurementTechnique=f"{programme.method.name}; {edition.rules_version}",
        variableMeasured=[
            {
                "@type": "PropertyValue",
                "name": column.key,
                "description": f"{column.zh} / {column.en}",
                "unitText": unit_name(column, edition.measure, edition),
            }
            for column in columns
            if column.kind != "text"
        ],
        distribution=[
            DatasetDownload(
                name=name,
                contentUrl=name,
                encodingFormat=media_type(name),
                contentSize=f"{len(content)} B",
                sha256=sha256(content).hexdigest(),
            )
            for name, content in sorted(files.items())
        ],
    )
    return _json(document)


def media_type(name: str) -> str:
    """By the longest ending that is known."""
    return next(
        (kind for ending, kind in sorted(MEDIA_TYPES.items(), key=lambda one: -len(one[0])) if name.endswith(ending)),
        "application/octet-stream",
    )


def _field(column: FigureColumn, measure: str, edition: EditionContext) -> TableField:
    return TableField(
        name=column.key,
        type=_FIELD_TYPES.get(column.kind, "number"),
        title=column.zh,
        description=f"{column.en} ({column.kind})",
        unit=None if column.kind == "text" else unit_name(column, measure, edition),
    )


def _slug(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text.lower()) or "x"


def _json(document: BaseModel) -> bytes:
    """`</` is written so that no HTML page that carries the document can be ended by a name in it."""
    text = document.model_dump_json(by_alias=True, exclude_none=True, indent=2, ensure_ascii=False)
    return (text.replace("</", "<\\/") + "\n").encode()
