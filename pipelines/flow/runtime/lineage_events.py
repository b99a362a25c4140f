"""OpenLineage events of the stages: START, then COMPLETE or FAIL, with the datasets read and written and what the checks found. Nothing is
sent and the client is not even imported unless OpenLineage's own configuration names a transport (OPENLINEAGE_CONFIG, OPENLINEAGE_URL,
OPENLINEAGE__TRANSPORT__… or openlineage.yml). Counts and identifiers of rules alone leave: no value of a return, no text of an error.

A stage is a job, its run one event of each kind; a lineage server that is down is logged and stops no stage."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from expectations.catalogue import RULES

from ...model.findings import RuleRun
from ...settings import lineage_namespace, lineage_parent
from .context import Context
from .dataset_names import DatasetName, datasets_of

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient

logger = logging.getLogger(__name__)
PRODUCER = "urn:saima"


@dataclass
class Quality:
    """What a stage found in what it read: `checks` id → (looked at, failed, severity)."""

    rows: int | None = None
    files: int | None = None
    checks: dict[str, tuple[int, int, str]] = field(default_factory=dict)


_quality: ContextVar[Quality | None] = ContextVar("lineage_quality", default=None)


def note_read(rows: int, files: int | None, runs: Iterable[RuleRun]) -> None:
    """Within a stage: how much it read, and how rules fared, added up over submissions."""
    quality = _quality.get()
    if quality is None:
        return
    quality.rows, quality.files = rows, files
    looked, failed = Counter[str](), Counter[str]()
    for run in runs:
        if run.status == "evaluated":
            looked[run.rule] += run.rows
            failed[run.rule] += run.failed
    for rule in looked:
        quality.checks[rule] = (looked[rule], failed[rule], RULES[rule].severity)


def note_checks(checks: Iterable[Mapping[str, Any]]) -> None:
    """Within a stage: checks of the audit."""
    quality = _quality.get()
    if quality is not None:
        quality.checks |= {str(c["id"]): (int(c["looked_at"]), int(c["failed"]), "error") for c in checks}


@contextmanager
def stage_run(stage: str, context: Context) -> Iterator[None]:
    """Around a stage: its events, where lineage is configured."""
    namespace = lineage_namespace()
    if namespace is None:
        yield
        return
    from openlineage.client.uuid import generate_new_uuid

    run_id, quality = str(generate_new_uuid()), Quality()
    token = _quality.set(quality)
    _emit("START", stage, namespace, run_id, context, quality)
    try:
        yield
    except BaseException as error:
        _emit("FAIL", stage, namespace, run_id, context, quality, type(error).__name__)
        raise
    else:
        _emit("COMPLETE", stage, namespace, run_id, context, quality)
    finally:
        _quality.reset(token)


def _emit(
    state: str, stage: str, namespace: str, run_id: str, context: Context, quality: Quality, error: str = ""
) -> None:
    try:
        _client().emit(_event(state, stage, namespace, run_id, context, quality, error))
    except Exception:
        logger.exception("the lineage event %s of %s could not be sent", state, stage)


_clients: dict[int, OpenLineageClient] = {}
"""By process id: a fork must not share a connection."""


def _client() -> OpenLineageClient:
    process = os.getpid()
    if process not in _clients:
        from openlineage.client import OpenLineageClient

        _clients[process] = OpenLineageClient()
    return _clients[process]


def _event(state: str, stage: str, namespace: str, run_id: str, context: Context, quality: Quality, error: str) -> Any:
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
    from openlineage.client.facet_v2 import error_message_run, job_type_job

    facets = _parent_facet()
    if error:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
            f"{error}: see the log of the stage", "PYTHON", producer=PRODUCER
        )
    read, written = datasets_of(stage, context)
    found = _input_facets(quality) if state == "COMPLETE" else {}
    return RunEvent(
        eventType=RunState[state],
        eventTime=datetime.now(UTC).isoformat(),
        run=Run(run_id, facets),
        job=Job(
            namespace,
            f"saima.{stage}",
            {"jobType": job_type_job.JobTypeJobFacet("BATCH", "SAIMA", "STAGE", producer=PRODUCER)},
        ),
        inputs=[
            InputDataset(one.namespace, one.name, facets=_symlinks(one), inputFacets=found if n == 0 else {})
            for n, one in enumerate(read)
        ],
        outputs=[OutputDataset(one.namespace, one.name, facets=_symlinks(one)) for one in written],
        producer=PRODUCER,
    )


def _parent_facet() -> dict[str, Any]:
    """The run that started this one, a task of Airflow: lineage shows the stages under it."""
    parent = lineage_parent()
    if parent is None:
        return {}
    from openlineage.client.facet_v2 import parent_run

    namespace, job, run = parent
    return {"parent": parent_run.ParentRunFacet(parent_run.Run(run), parent_run.Job(namespace, job), producer=PRODUCER)}


def _input_facets(quality: Quality) -> dict[str, Any]:
    """dataQualityMetrics and dataQualityAssertions of the first dataset that is read, where the stage said something of it."""
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as assertions
    from openlineage.client.facet_v2 import data_quality_metrics_input_dataset as metrics

    facets: dict[str, Any] = {}
    if quality.rows is not None or quality.files is not None:
        facets["dataQualityMetrics"] = metrics.DataQualityMetricsInputDatasetFacet(
            columnMetrics={}, rowCount=quality.rows, fileCount=quality.files, producer=PRODUCER
        )
    if quality.checks:
        facets["dataQualityAssertions"] = assertions.DataQualityAssertionsDatasetFacet(
            assertions=[
                assertions.Assertion(
                    assertion=check,
                    success=failed == 0,
                    severity="error" if severity == "error" else "warn",
                    expected="0",
                    actual=str(failed),
                    description=f"{failed} of {looked} failed",
                )
                for check, (looked, failed, severity) in sorted(quality.checks.items())
            ],
            producer=PRODUCER,
        )
    return facets


def _symlinks(dataset: DatasetName) -> dict[str, Any]:
    """The name in the Iceberg catalog of a table that is named by its place."""
    if not dataset.table:
        return {}
    from openlineage.client.facet_v2 import symlinks_dataset

    identifier = symlinks_dataset.Identifier(dataset.catalog, dataset.table, "TABLE")
    return {"symlinks": symlinks_dataset.SymlinksDatasetFacet([identifier], producer=PRODUCER)}
