"""What stands in `expectations/suites` and `expectations/frames`, made from the catalogue, a programme and the examples."""

from __future__ import annotations

import io
import json
import uuid
from hashlib import sha256
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.catalogue import RULES_VERSION
from expectations.plan import Plan, plan

from ...model.programme import Programme
from ..batch_run import form_setup
from ..rows.check_frame import CheckFrame
from ..rows.frame_schema import table_schema
from ..rows.gx_run import run
from .example_files import ExampleFiles, example_files

EXAMPLE = "example"


def suite_files(programme: Programme, period: str) -> dict[str, bytes]:
    """File name under `expectations/` → content: a suite, a sample frame and its schema a form, and the manifest.

    Suites are byte for byte what Great Expectations writes into a file context. Lists of values are the programme's; rules are
    those in force in the period (YYYY-MM). Raises RuntimeError where a check is broken on its own sample.
    """
    files: dict[str, bytes] = {}
    suites: dict[str, Any] = {}
    for form in sorted(programme.forms):
        made = example_files(form, programme)
        asked = plan(form_setup(made.form, programme, period))
        frame = sample(made, asked)
        content = _suite(form, asked, programme, period)
        files[f"suites/{form}.json"] = content
        files[f"frames/{form}.schema.json"] = _json(table_schema(asked.columns))
        files[f"frames/{form}.parquet"] = _parquet(frame)
        suites[form] = {
            "expectations": len(asked.checks),
            "sha256": sha256(content).hexdigest(),
            "checks": [check.id for _, check in asked.checks],
            "sample": {"rows": len(frame), "unexpected": _unexpected(asked, frame)},
        }
    files["suites/manifest.json"] = _json(
        {"rules_version": RULES_VERSION, "programme": programme.name, "period": period, "suites": suites}
    )
    return files


def sample(made: ExampleFiles, asked: Plan) -> pd.DataFrame:
    """The check frame of the examples' rows, with column `example`: which check's, failing or passing, or beside it."""
    batch = made.batch()
    frame = CheckFrame(batch).build(asked.columns)
    first = set(batch.start[:-1].tolist())
    names = [made.files[ordinal].name for ordinal in batch.submission.tolist()]
    frame[EXAMPLE] = pd.Series([n if i in first else f"{n}, beside" for i, n in enumerate(names)], dtype="str")
    return frame


def _unexpected(asked: Plan, frame: pd.DataFrame) -> dict[str, int]:
    outcomes = run(asked.checks, frame)
    broken = {check: outcome.broken for check, outcome in outcomes.items() if outcome.broken}
    if broken:
        raise RuntimeError(f"broken on their own sample: {broken}")
    return {check: len(outcome.positions) for check, outcome in outcomes.items()}


def _suite(form: str, asked: Plan, programme: Programme, period: str) -> bytes:
    from great_expectations.core.expectation_suite import expectationSuiteSchema

    from expectations.suite import compose

    suite = compose(form, asked.checks)
    suite.id = _identity(form)
    suite.meta.update(
        {
            "programme": programme.name,
            "measure": programme.forms[form].measure,
            "period": period,
            "rules_version": RULES_VERSION,
        }
    )
    for item in suite.expectations:
        item.id = _identity(f"{form}/{item.meta['id']}")
    text: str = expectationSuiteSchema.dumps(suite, indent=2, sort_keys=True)
    return text.encode()


def _identity(name: str) -> str:
    """The same id every time, so that a suite made again is the same file."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"saima/{name}"))


def _json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), sink)
    return sink.getvalue()
