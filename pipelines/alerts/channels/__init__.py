"""The ways out, one file each. This is the only part of `alerts` that talks to anything.

`open_channels` opens what channels.toml names. A channel whose connection is missing or wrong does not stop the others: it opens
as one that says so at every attempt, so that its messages wait in the outbox and the engineer is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...errors import SaimaError
from ...model.connections import Connection, connection_of
from ...model.notifications import Channel, DeliveryResult, Notification
from ...model.programme import ChannelSpec
from .local import ConsoleChannel, FileChannel


def open_channels(specs: Iterable[ChannelSpec], environment: Mapping[str, str], home: Path) -> Mapping[str, Channel]:
    """Channel name → channel. `environment` holds the connections (SAIMA_CONN_<NAME>), `home` the files of the file channel and
    relative `ca_file`s. Nothing is connected to yet and nothing is raised."""
    opened: dict[str, Channel] = {}
    for spec in specs:
        try:
            opened[spec.name] = _open(spec, connection_of(spec.name, environment), home)
        except SaimaError as error:
            opened[spec.name] = Unusable(spec.name, spec.per_minute, str(error))
    return opened


def _open(spec: ChannelSpec, connection: Connection, home: Path) -> Channel:
    if spec.kind == "file":
        return FileChannel(spec.name, home / spec.options["path"], spec.per_minute)
    if spec.kind == "console":
        return ConsoleChannel(spec.name, spec.per_minute)
    if spec.kind == "smtp":
        from .smtp import SmtpChannel

        return SmtpChannel(spec, connection, home)
    # httpx is a tenth of a second that a run with the default file channel need not pay
    from .dingtalk import DingTalkChannel
    from .feishu import FeishuChannel
    from .webhook import WebhookChannel
    from .wecom import WeComChannel

    kinds: dict[str, Callable[[ChannelSpec, Connection, Path], Channel]] = {
        "dingtalk": DingTalkChannel,
        "feishu": FeishuChannel,
        "wecom": WeComChannel,
        "webhook": WebhookChannel,
    }
    return kinds[spec.kind](spec, connection, home)


@dataclass
class Unusable:
    """A channel that could not be opened: every attempt fails with the reason and may be tried again once it is repaired."""

    name: str
    per_minute: int | None
    reason: str

    def send(self, notice: Notification, now: datetime) -> DeliveryResult:
        """Never accepted."""
        return DeliveryResult(False, self.reason)
