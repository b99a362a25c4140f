"""The Iceberg lake: replace a slice, read what is committed, tag an edition.

Readers never look at the head of a table but at its *pin*: the snapshot that the last finished SQL transaction wrote
down. So rows of a load that did not finish are invisible, in all tables at once, and a writer begins by setting the
head back to the pin. Iceberg and SQL share no transaction (DESIGN §5); the pins are what joins them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from pipelines.errors import Terminal
from pipelines.model.tables import LakeTable, TableRegister, table_register

from ..db.server_connection import catalog_url_of
from .lake_errors import told

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.expressions import BooleanExpression
    from pyiceberg.table import Table

NAMESPACE = "saima"
PROPERTIES = {
    "commit.retry.num-retries": "20",
    "commit.retry.total-timeout-ms": "300000",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}
PUSHED_DOWN = 200
"""Up to so many ids go into the Iceberg filter; more are filtered in Arrow, which is faster than a long IN list."""

CommittedSnapshots = Mapping[str, int]
"""Lake table → snapshot that readers see; a table that is not there is empty."""


@dataclass(frozen=True)
class Slice:
    """What a replacement takes out: rows of these periods whose `column` is one of `values` (None: all their rows)."""

    periods: frozenset[str]
    column: str = ""
    values: frozenset[str] | None = None

    def expression(self) -> BooleanExpression:
        from pyiceberg.expressions import And, In

        periods = In("period", sorted(self.periods))
        return periods if self.values is None else And(periods, In(self.column, sorted(self.values)))


class Lake:
    """The tables of a register, partitioned by period, in an SqlCatalog of its own.

    PyIceberg is imported at the first touch: opening the warehouse to read the ledger does not pay for it.
    """

    def __init__(
        self,
        catalog_url: str,
        lake_url: str,
        register: TableRegister | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        self.register = register or table_register()
        self.catalog_url = catalog_url
        self.lake_url = lake_url
        self._properties = dict(properties or {})
        self._tables: dict[str, Table] = {}

    @cached_property
    def catalog(self) -> SqlCatalog:
        """The catalog, created with its namespace where it is not there."""
        from .iceberg_catalog import SqlCatalog

        url = sa.engine.make_url(self.catalog_url)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        reached = {"uri": catalog_url_of(self.catalog_url), "warehouse": self.lake_url, "pool_pre_ping": "true"}
        catalog = SqlCatalog(NAMESPACE, **reached, **self._properties)
        catalog.create_namespace_if_not_exists(NAMESPACE)
        return catalog

    @told
    def read(
        self,
        name: str,
        committed_snapshots: CommittedSnapshots,
        columns: Sequence[str] | None = None,
        periods: Sequence[str] | None = None,
        where: tuple[str, Sequence[str]] | None = None,
    ) -> pa.Table:
        """Committed rows of a table: of the given periods, and with column where[0] among the values where[1]."""
        schema = self.register[name].schema
        wanted = list(columns) if columns is not None else list(schema.names)
        result_schema = pa.schema([schema.field(column) for column in wanted])
        if (
            name not in committed_snapshots
            or (periods is not None and not periods)
            or (where is not None and not where[1])
        ):
            return result_schema.empty_table()
        from pyiceberg.expressions import AlwaysTrue, And, In

        table = self.at_snapshot(name, committed_snapshots[name])
        expression: BooleanExpression = AlwaysTrue() if periods is None else In("period", sorted(set(periods)))
        extra: list[str] = []
        if where is not None:
            if len(where[1]) <= PUSHED_DOWN:
                expression = And(expression, In(where[0], sorted(set(where[1]))))
            elif where[0] not in wanted:
                extra = [where[0]]
        there = _columns_of(table, committed_snapshots[name])
        scan = table.scan(
            row_filter=expression,
            selected_fields=tuple(name for name in (*wanted, *extra) if name in there),
            snapshot_id=committed_snapshots[name],
            case_sensitive=True,
        )
        if where is not None and len(where[1]) > PUSHED_DOWN:
            rows = _chosen(scan.to_arrow_batch_reader(), where[0], sorted(set(where[1])))
        else:
            rows = scan.to_arrow()
        for column in (c for c in wanted if c not in there):  # added to the form after the last load
            rows = rows.append_column(column, pa.nulls(rows.num_rows, result_schema.field(column).type))
        held = [rows[name] for name in wanted]
        del rows  # each column is let go when it has been cast: a country's month is not held twice
        return pa.Table.from_arrays([held.pop(0).cast(f.type) for f in result_schema], schema=result_schema)

    @told
    def replace(
        self,
        name: str,
        committed_snapshots: CommittedSnapshots,
        slices: Sequence[Slice],
        rows: pa.Table,
        properties: Mapping[str, str],
    ) -> int | None:
        """One commit: takes the slices out, appends the rows; returns the new snapshot (None: no table).

        The head is first set back to the pin, so leftovers of a writer that died are gone. Call under the loader's lock.
        """
        if rows.num_rows == 0 and not (slices and name in committed_snapshots):
            return committed_snapshots.get(name)
        table = self._for_writing(name)
        self._set_head(table, committed_snapshots.get(name))
        before = table.current_snapshot()
        stale = [s.expression() for s in slices if s.periods and (s.values is None or s.values)]
        with warnings.catch_warnings(), table.transaction() as transaction:
            warnings.filterwarnings("ignore", message="Delete operation did not match any records")
            if before is not None and (name not in committed_snapshots):
                from pyiceberg.expressions import AlwaysTrue

                transaction.delete(AlwaysTrue(), snapshot_properties=dict(properties))
            elif before is not None:
                for expression in stale:
                    transaction.delete(expression, snapshot_properties=dict(properties))
            if rows.num_rows:
                transaction.append(rows, snapshot_properties=dict(properties))
        after = table.current_snapshot()
        return None if after is None else int(after.snapshot_id)

    @told
    def reset(self, committed_snapshots: CommittedSnapshots) -> list[str]:
        """Sets the head of every table back to its pin; returns the tables that were ahead of it."""
        changed = []
        for name in self.register.tables:
            if self.catalog.table_exists((NAMESPACE, name)):
                table = self.catalog.load_table((NAMESPACE, name))
                if self._set_head(table, committed_snapshots.get(name)):
                    changed.append(name)
        return changed

    @told
    def tag(self, tag: str, committed_snapshots: CommittedSnapshots) -> None:
        """Names the pinned snapshot of every table; a tag that is there, set by another process perhaps, stays as it is."""
        for name, snapshot in committed_snapshots.items():
            table = self.catalog.load_table((NAMESPACE, name))
            if tag not in table.metadata.refs:
                table.manage_snapshots().create_tag(snapshot, tag).commit()

    @told
    def tags(self, name: str) -> dict[str, int]:
        """Tag → snapshot of one table."""
        if not self.catalog.table_exists((NAMESPACE, name)):
            return {}
        refs = self.catalog.load_table((NAMESPACE, name)).metadata.refs
        return {tag: int(ref.snapshot_id) for tag, ref in refs.items() if ref.snapshot_ref_type == "tag"}

    @told
    def heads(self) -> dict[str, int]:
        """Head snapshot of every table that has one."""
        found = {}
        for name in self.register.tables:
            if self.catalog.table_exists((NAMESPACE, name)):
                head = self.catalog.load_table((NAMESPACE, name)).current_snapshot()
                if head is not None:
                    found[name] = int(head.snapshot_id)
        return found

    def close(self) -> None:
        """Closes the catalog's connections where it was opened."""
        if "catalog" in self.__dict__:
            self.catalog.engine.dispose()

    def at_snapshot(self, name: str, snapshot: int) -> Table:
        """The table as of metadata that knows the snapshot; loaded again only where it does not."""
        table = self._tables.get(name)
        if (table is None or table.snapshot_by_id(snapshot) is None) and self.catalog.table_exists((NAMESPACE, name)):
            table = self.catalog.load_table((NAMESPACE, name))
            self._tables[name] = table
        if table is None or table.snapshot_by_id(snapshot) is None:
            raise Terminal(
                f"数据湖表 {name} 缺少快照 {snapshot}，可能恢复自旧备份",
                f"the lake table {name} lacks snapshot {snapshot}; was it restored from an older backup?",
                "saima rebuild",
            )
        return table

    def _for_writing(self, name: str) -> Table:
        definition = self.register[name]
        if not self.catalog.table_exists((NAMESPACE, name)):
            return self._create(definition)
        table = self.catalog.load_table((NAMESPACE, name))
        if set(definition.columns) - set(table.schema().column_names):
            with table.update_schema() as update:
                update.union_by_name(definition.schema)
        self._tables[name] = table
        return table

    def _create(self, definition: LakeTable) -> Table:
        identifier = (NAMESPACE, definition.name)
        with (
            self.catalog.create_table_transaction(identifier, definition.schema, properties=PROPERTIES) as creation,
            creation.update_spec() as spec,
        ):
            spec.add_identity("period")
        return self.catalog.load_table(identifier)

    def _set_head(self, table: Table, pin: int | None) -> bool:
        head = table.current_snapshot()
        if pin is None or head is None or head.snapshot_id == pin:
            return False
        self.at_snapshot(table.name()[-1], pin)
        table.manage_snapshots().set_current_snapshot(snapshot_id=pin).commit()
        return True


def _columns_of(table: Table, snapshot: int) -> frozenset[str]:
    """Columns the table had when the snapshot was written."""
    written = table.snapshot_by_id(snapshot)
    schemas = table.schemas()
    known = schemas.get(written.schema_id) if written is not None and written.schema_id is not None else None
    return frozenset((known or table.schema()).column_names)


def _chosen(batches: pa.RecordBatchReader, column: str, values: Sequence[str]) -> pa.Table:
    """Rows with one of the values, piece by piece: what is not asked for is never held, what is asked for whole is not copied."""
    kept = pa.array(values, batches.schema.field(column).type)
    masked = ((batch, pc.is_in(batch[column], kept)) for batch in batches)
    found = (batch if pc.all(mask).as_py() else batch.filter(mask) for batch, mask in masked)
    return pa.Table.from_batches([part for part in found if part.num_rows], schema=batches.schema)


def with_load_id(table: LakeTable, rows: pa.Table, load_id: str) -> pa.Table:
    """Staged rows with the load that writes them, in the order of the lake table."""
    schema = table.schema
    column: Any = pa.repeat(pa.scalar(load_id, pa.string()), rows.num_rows)
    return rows.append_column("load_id", column).select(schema.names).cast(schema)
