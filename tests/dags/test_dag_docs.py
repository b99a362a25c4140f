"""Generated documentation equals what its generator makes now."""

from __future__ import annotations

from typing import Any

from saima_airflow.dag_docs import ORDER, README, render


def test_the_page_of_the_dags_is_what_the_dags_say(dag_bag: Any) -> None:
    assert set(ORDER) == set(dag_bag.dag_ids)
    assert README.read_text(encoding="utf-8") == render(dag_bag.dags), (
        "run: PYTHONPATH=plugins .venv/bin/python -m saima_airflow.dag_docs"
    )
