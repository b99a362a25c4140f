"""The lake in a bucket of a real S3-compatible server process (moto): the same months, the same books."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipelines.flow.runtime.context import Context, open_context
from pipelines.flow.upkeep.audit import audit
from pipelines.flow.upkeep.deliver import deliver_month
from pipelines.model.periods import Period
from pipelines.settings import Settings

NOW = datetime(2022, 3, 5, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def store():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def context(store, tmp_path: Path, monkeypatch) -> Context:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "k"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ):
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=store, region_name="us-east-1").create_bucket(Bucket="saima")
    settings = Settings(home=tmp_path / "home", lake_url="s3://saima/lake", s3_endpoint=store, s3_region="us-east-1")
    return open_context(settings, "jiaxing")


def test_a_month_in_a_bucket(context, store, upkeep_module):
    for number, amount in enumerate(("1234.5", "1300.25")):
        upkeep_module.send(context, number, "330481", amount, number)
    assert upkeep_module.figures(context) == [("330481", Decimal("1300.2500"))]
    failed = [c for c in audit(context, NOW + timedelta(days=1))["checks"] if c["failed"]]
    assert failed == []
    context.warehouse.lake_upkeep.compact(NOW, dry_run=False)
    later = datetime.now(UTC) + timedelta(days=30)
    context.warehouse.lake_upkeep.expire(later, 1, dry_run=False)
    assert context.warehouse.lake_upkeep.remove_orphans(later, 1, dry_run=False).tables
    assert upkeep_module.figures(context) == [("330481", Decimal("1300.2500"))]
    done = deliver_month(context, Period.parse("2022-02"), NOW, "王", "s3://saima/bureau")
    client = boto3.client("s3", endpoint_url=store, region_name="us-east-1")
    listed = client.list_objects_v2(Bucket="saima", Prefix="bureau/")["Contents"]
    assert f"bureau/{done.delivery}/manifest.json" in {one["Key"] for one in listed}
    assert not (context.settings.home / "lake").exists()
    context.warehouse.close()
