"""What Airflow itself reports to the engineers' pager: a DAG file that does not parse has no run whose callback could tell."""

from __future__ import annotations

from airflow.listeners import hookimpl
from saima_airflow.paging import dag_does_not_parse


@hookimpl
def on_new_dag_import_error(filename: str, stacktrace: str) -> None:
    """Called by the DAG processor, once until the file has been repaired."""
    dag_does_not_parse(filename, stacktrace)
