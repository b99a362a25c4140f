"""What the processes of the kill tests do: empty the outbox of a home once, dying where they are told or killed from outside."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pipelines.alerts.channels import open_channels
from pipelines.flow.notify.send import deliver
from pipelines.flow.runtime.context import open_context
from pipelines.settings import Settings
from pipelines.warehouse.db.faults import VARIABLE


def run(home: Path, now: datetime, environment: Mapping[str, str], fault: str) -> None:
    """One run of the sender at `now`; `fault`: the fault point it dies at, '' for none."""
    os.environ[VARIABLE] = fault
    context = open_context(Settings(home=home))
    channels = open_channels(context.programme.channels, environment, home)
    deliver(context, now, channels=channels, jitter=random.random)
