"""Where the state of one home lives and what a run may use. Read once at the edge (CLI, DAG) and passed in as a value."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

REPOSITORY = Path(__file__).resolve().parents[1]


class Settings(BaseModel):
    """Settings of one home (`SAIMA_HOME`). All paths are absolute; nothing is created by reading them."""

    model_config = ConfigDict(frozen=True)

    home: Path
    database_url: str = ""
    catalog_url: str = ""
    lake_url: str = ""
    batch_files: int = 100
    workers: int = 2
    file_seconds: float = 60.0
    file_memory_mb: int = 2048
    file_max_bytes: int = 200 * 1024 * 1024
    lease_seconds: int = 900

    @classmethod
    def load(cls, home: Path | None = None) -> Settings:
        """From `home` or SAIMA_HOME (default `var/` of the checkout) and the SAIMA_* variables."""
        chosen = home or Path(os.environ.get("SAIMA_HOME") or REPOSITORY / "var")
        numbers = {
            name: os.environ[f"SAIMA_{name.upper()}"]
            for name in ("batch_files", "workers", "file_seconds", "file_memory_mb", "file_max_bytes", "lease_seconds")
            if os.environ.get(f"SAIMA_{name.upper()}")
        }
        return cls.model_validate(
            {
                "home": chosen.expanduser().resolve(),
                "database_url": os.environ.get("SAIMA_DATABASE_URL", ""),
                "catalog_url": os.environ.get("SAIMA_CATALOG_URL", ""),
                "lake_url": os.environ.get("SAIMA_LAKE_URL", ""),
                **numbers,
            }
        )

    @property
    def sql_url(self) -> str:
        """Ledger, calendar, rankings …: SQLite in the home unless SAIMA_DATABASE_URL says otherwise."""
        return self.database_url or f"sqlite:///{self.home / 'warehouse.db'}"

    @property
    def iceberg_catalog_url(self) -> str:
        """The Iceberg catalog has a database file of its own: one shared with the ledger locks (DESIGN §5)."""
        return self.catalog_url or f"sqlite:///{self.home / 'catalog.db'}?timeout=60"

    @property
    def lake(self) -> str:
        return self.lake_url or f"file://{self.home / 'lake'}"

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def out(self) -> Path:
        return self.home / "out"

    @property
    def raw(self) -> Path:
        return self.home / "raw"

    @property
    def stage(self) -> Path:
        return self.home / "stage"

    @property
    def editions(self) -> Path:
        return self.home / "editions"

    @property
    def lock_file(self) -> Path:
        return self.home / "lake_writer.lock"


def connections() -> dict[str, str]:
    """Credentials of sources: SAIMA_CONN_<NAME>, or Airflow's AIRFLOW_CONN_<NAME>. Never logged, never stored."""
    return {k: v for k, v in os.environ.items() if k.startswith(("SAIMA_CONN_", "AIRFLOW_CONN_"))}
