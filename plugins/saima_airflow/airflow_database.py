"""Airflow's metadata database of an embedded or single-machine installation: schema, the loader's pool, paused DAGs."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path


def prepare_database(airflow_home: Path) -> None:
    """Create or upgrade the metadata database, once per Airflow version, and the pool of the loader."""
    version = importlib.metadata.version("apache-airflow-core")
    marker = airflow_home / "database-version"
    if marker.exists() and marker.read_text(encoding="utf-8") == version:
        return
    from airflow.models.pool import Pool
    from airflow.utils import db
    from saima_airflow.register import LAKE_WRITER, LAKE_WRITER_SLOTS

    db.initdb()
    Pool.create_or_update_pool(LAKE_WRITER, LAKE_WRITER_SLOTS, "唯一入库者 / the one loader", include_deferred=False)
    marker.write_text(version, encoding="utf-8")


def unpause_all() -> int:
    """Unpause every DAG the database knows (a demonstration leaves them paused). Returns how many were paused."""
    from airflow.models.dag import DagModel
    from airflow.utils.session import create_session
    from sqlalchemy import update

    with create_session() as session:
        result = session.execute(update(DagModel).where(DagModel.is_paused).values(is_paused=False))
        return int(result.rowcount)
