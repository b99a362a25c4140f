"""What any program would have to spend on the same files: inflate, calamine, decode, Parquet written and read. One process."""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook


def floors(files: Sequence[Path], place: Path) -> dict[str, float]:
    """CPU seconds by name, and `all`."""
    workbooks = [file for file in files if file.suffix == ".xlsx"]
    texts = [file for file in files if file.suffix != ".xlsx"]
    tables: list[list[list[object]]] = []
    found = {
        "unzip": _cpu(lambda: [_inflate(file) for file in workbooks]),
        "calamine": _cpu(lambda: tables.extend(_cells(file) for file in workbooks)),
        "csv_json": _cpu(lambda: [_decode(file) for file in texts]),
        "parquet": _cpu(lambda: _parquet(tables, place / "floor.parquet")),
    }
    return {**{name: round(seconds, 3) for name, seconds in found.items()}, "all": round(sum(found.values()), 3)}


def _cpu(work: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _inflate(file: Path) -> int:
    with zipfile.ZipFile(file) as archive:
        return sum(len(archive.read(name)) for name in archive.namelist())


def _cells(file: Path) -> list[list[object]]:
    book = CalamineWorkbook.from_path(str(file))
    return [row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]


def _decode(file: Path) -> int:
    content = file.read_bytes()
    if file.suffix == ".json":
        return len(json.loads(content)["rows"])
    lines = content.decode("gb18030").split("\r\n", 2)[2]
    return pa_csv.read_csv(io.BytesIO(lines.encode())).num_rows


def _parquet(tables: Sequence[Sequence[Sequence[object]]], path: Path) -> None:
    """All rows as text columns of one file, in batches of a hundred workbooks: written, then read."""
    width = max((len(row) for rows in tables for row in rows), default=0)
    schema = pa.schema([(f"c{n}", pa.string()) for n in range(width)])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, len(tables), 100):
            rows = [row for table in tables[start : start + 100] for row in table]
            columns = [[str(row[n]) if n < len(row) else None for row in rows] for n in range(width)]
            writer.write_table(pa.table(columns, schema=schema))
    assert pq.read_table(path).num_rows == sum(len(rows) for rows in tables)


if __name__ == "__main__":
    folder, place = Path(sys.argv[1]), Path(sys.argv[2])
    sys.stdout.write(json.dumps(floors(sorted(p for p in folder.iterdir() if p.is_file()), place)))
