"""Delivery of a month to the bureau: a folder of Parquet and CSV with manifest and data package, a schema of the same tables on
PostgreSQL, and a receipt in the ledger."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ...errors import Refused
from ...model.fields import FieldType
from ...model.loading import Edition
from ...model.periods import Period
from ...model.typed_texts import typed_line
from ...publish.csv_table import RUNS_IN_A_SPREADSHEET
from ...publish.dataset_metadata import DataPackage, DataResource, TableField, TableSchema
from ...warehouse.db.locking import file_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ...warehouse.deliveries import Delivery
from ..runtime.context import Context
from .delivered_dispatch import dispatch_tables
from .delivery_tables import DeliveredTable, delivery_tables
from .destination import Destination, open_destination

DELIVERY_LOCK = "deliver.lock"
_SCHEMA_TYPES: dict[FieldType, str] = {
    "amount": "number",
    "quantity": "number",
    "rate": "number",
    "integer": "integer",
    "date": "date",
    "timestamp": "datetime",
    "flag": "boolean",
}


@dataclass(frozen=True)
class DeliveredFile:
    """One file of a delivery."""

    sha256: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True)
class DeliveryManifest:
    """manifest.json of a delivery: what it holds, of which versions, and the head of the audit log when it was made."""

    delivery: str
    programme: str
    programme_version: str
    simulated: bool
    period: str
    as_of: str | None
    edition: str | None
    delivered_at: str
    delivered_by: str
    audit_log: Mapping[str, object]
    files: Mapping[str, DeliveredFile]


@dataclass(frozen=True)
class DeliverDocument:
    """The JSON of `saima deliver`. `schema`: the schema of PostgreSQL that holds the same tables; null where there is none."""

    delivery: str
    period: str
    destination: str
    edition: str | None
    content_hash: str
    rows: Mapping[str, int]
    schema: str | None


def deliver_month(
    context: Context, period: Period, now: datetime, name: str, to: str = "", as_of: datetime | None = None
) -> DeliverDocument:
    """Writes the delivery, then records it, under the first number that neither the ledger nor the destination has; a folder without a
    receipt in the ledger is a delivery that did not happen. Refused for a month of which nothing counts."""
    warehouse, month, name = context.warehouse, str(period), typed_line(name)
    tables, edition = delivery_tables(context, month, as_of)
    tables += dispatch_tables(context, period, as_of or now)
    if not any(table.name == "submissions" and table.rows.num_rows for table in tables):
        raise Refused(f"{month} 没有可交付的数据", f"there is nothing of {month} to deliver", f"saima status {month}")
    # one delivery at a time: the next one's number is free only when this one lies there and is receipted
    with file_lock(context.settings.home / DELIVERY_LOCK, BUSY_SECONDS, "deliver"):
        taken = {one.delivery_id for one in warehouse.deliveries.of_period(month)}
        names = (f"{month}-d{number}" for number in count(1))
        free = (open_destination(to, context.settings, one) for one in names if one not in taken)
        destination = next(one for one in free if not one.is_taken())
        return _deliver(context, month, now, name, as_of, tables, edition, destination)


def _deliver(
    context: Context,
    month: str,
    now: datetime,
    name: str,
    as_of: datetime | None,
    tables: list[DeliveredTable],
    edition: Edition | None,
    destination: Destination,
) -> DeliverDocument:
    warehouse, delivery_id = context.warehouse, destination.delivery_id
    files: dict[str, bytes] = {}
    counts: dict[str, int | None] = {}
    for table in tables:
        for file, content in ((f"{table.name}.parquet", _parquet(table)), (f"{table.name}.csv", _csv(table))):
            files[file], counts[file] = content, table.rows.num_rows
    files["datapackage.json"] = _package(context, delivery_id, now, tables, files)
    head = warehouse.audit_entries(limit=1)
    manifest = DeliveryManifest(
        delivery_id,
        context.programme.name,
        context.programme.version,
        context.programme.simulated,
        month,
        as_of.isoformat() if as_of else None,
        edition.edition_id if edition else None,
        now.isoformat(),
        name,
        {"seq": head[-1].seq, "hash": head[-1].hash} if head else {},
        {
            n: DeliveredFile(sha256(content).hexdigest(), len(content), counts.get(n))
            for n, content in sorted(files.items())
        },
    )
    text = (json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n").encode()
    destination.write({**files, "manifest.json": text})
    content_hash = sha256(text).hexdigest()
    rows = {table.name: table.rows.num_rows for table in tables}
    digests = {file: one.sha256 for file, one in manifest.files.items()}
    receipt = Delivery(delivery_id, month, as_of, destination.address, name, content_hash, rows, digests, now)
    schema = warehouse.deliveries.record(receipt, {table.name: table.rows for table in tables})
    return DeliverDocument(delivery_id, month, destination.address, manifest.edition, content_hash, rows, schema)


def _parquet(table: DeliveredTable) -> bytes:
    """Columns carry meaning and unit as field metadata."""
    fields = []
    for column in table.rows.schema:
        known = table.fields[column.name]
        fields.append(column.with_metadata({"zh": known.zh, "en": known.en, "unit": known.unit}))
    buffer = io.BytesIO()
    pq.write_table(table.rows.cast(pa.schema(fields)), buffer, compression="zstd")
    return buffer.getvalue()


def _csv(table: DeliveredTable) -> bytes:
    """UTF-8 with BOM; decimals plain, instants ISO 8601 in UTC, empty = absent; text that a spreadsheet would run gets a '."""
    columns = []
    for name in table.rows.column_names:
        column = table.rows[name].combine_chunks()
        if pa.types.is_string(column.type):
            runs = pc.is_in(pc.utf8_slice_codeunits(column, 0, 1), pa.array(RUNS_IN_A_SPREADSHEET))
            column = pc.if_else(runs, pc.binary_join_element_wise("'", column, ""), column)
        elif pa.types.is_decimal(column.type):
            column = pc.cast(column, pa.string())
        elif pa.types.is_timestamp(column.type):
            column = pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
        columns.append(column)
    buffer = io.BytesIO()
    buffer.write(b"\xef\xbb\xbf")
    pacsv.write_csv(pa.table(columns, names=table.rows.column_names), buffer)
    return buffer.getvalue()


def _package(
    context: Context, delivery_id: str, now: datetime, tables: list[DeliveredTable], files: Mapping[str, bytes]
) -> bytes:
    resources = []
    for table in tables:
        path = f"{table.name}.csv"
        schema = [
            TableField(
                name=name,
                type=_SCHEMA_TYPES.get(table.fields[name].type, "string"),
                title=table.fields[name].zh,
                description=table.fields[name].en
                + (f" [{table.fields[name].unit}]" if table.fields[name].unit else ""),
            )
            for name in table.rows.column_names
        ]
        resources.append(
            DataResource(
                name=table.name.replace("_", "-"),
                path=path,
                title=f"{table.zh} / {table.en}",
                format="csv",
                mediatype="text/csv",
                encoding="utf-8-sig",
                bytes=len(files[path]),
                hash=f"sha256:{sha256(files[path]).hexdigest()}",
                schema_=TableSchema(fields=schema),
            )
        )
    package = DataPackage(
        name=f"{context.programme.name}-{delivery_id}".lower(),
        id=delivery_id,
        title=f"{context.programme.zh} {delivery_id}",
        description="现行版本的采用行，实际单位 / accepted rows of the versions that count, in real units",
        version=delivery_id,
        created=now.isoformat(),
        contributors=[{"title": context.programme.zh, "role": "publisher"}],
        resources=resources,
    )
    document: Any = package.model_dump(by_alias=True, exclude_none=True)
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
