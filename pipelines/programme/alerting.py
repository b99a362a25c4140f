"""channels.toml: by which way messages go out, and when.

It decides no verdict, so it is no part of the programme's version (`folder_files.UNVERSIONED`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator

from ..errors import ConfigError
from ..model.notifications import PHONE
from ..model.programme import AlertSettings, ChannelSpec
from .error_list import ErrorList
from .file_types import Key, Month, Slug, Strict, Text, Whole
from .source_files import YesNo
from .toml_lines import line_of, read_model, read_toml
from .value_errors import BadValue

CHANNELS = "channels.toml"

_CLOCK = re.compile(r"\A([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII)
_SECRET_KEYS = {
    "access_token",
    "api_key",
    "key",
    "login",
    "passwd",
    "password",
    "secret",
    "sign",
    "token",
    "user",
    "webhook",
}
_SECRET_VALUE = re.compile(r"://[^/\s]*@|[?&#]|/hook/|\bSEC[0-9A-Za-z]{16,}|access_token", re.IGNORECASE)
MAILBOX = re.compile(r"\A[^\s@,;:<>()\[\]\"\\]{1,64}@[0-9A-Za-z](?:[0-9A-Za-z.-]{0,252}[0-9A-Za-z])?\Z")
_WEB_URL = re.compile(r"\Ahttps?://[^\s/]+(/[^\s]*)?\Z")

KEYS: Mapping[str, tuple[str, ...]] = {
    "file": ("path",),
    "console": (),
    "smtp": ("host", "port", "from_address", "security", "ca_file", "seconds"),
    "webhook": ("url", "insecure", "ca_file", "seconds"),
    "dingtalk": ("insecure", "ca_file", "seconds"),
    "wecom": ("insecure", "ca_file", "seconds"),
    "feishu": ("insecure", "ca_file", "seconds"),
}
"""Settings of each kind beside name, kind and per_minute."""
_REQUIRED: Mapping[str, tuple[str, ...]] = {"file": ("path",), "smtp": ("host", "from_address")}
_PER_MINUTE: Mapping[str, int] = {"dingtalk": 18, "wecom": 18, "feishu": 90}
"""A tenth below what the robots' vendors allow (20, 20, 100): they count when a message arrives, we when it is sent, and who exceeds
20 on DingTalk is blocked for ten minutes."""


def _clock(value: object) -> time:
    if isinstance(value, str) and _CLOCK.match(value):
        return time.fromisoformat(value)
    raise BadValue(f"{value!r} 不是时刻，应写 HH:MM", f"{value!r} is not a time of day, write HH:MM")


Clock = Annotated[time, PlainValidator(_clock)]


class ChannelTable(Strict):
    """A `[[channels]]` of channels.toml; which settings a kind has stands in `KEYS`."""

    name: Annotated[Slug, Key("通道名", "name of the channel", '"outbox"')]
    kind: Annotated[
        Literal["file", "console", "smtp", "webhook", "dingtalk", "wecom", "feishu"],
        Key("种类", "what it is", '"file"'),
    ]
    per_minute: Annotated[
        Whole | None, Field(ge=1, le=6000), Key("每分钟上限", "most a minute", "18", "条 / messages")
    ] = None
    path: Annotated[
        Text | None,
        Key("文件（file），在 SAIMA_HOME 内", "its file (file), inside SAIMA_HOME", '"alerts/outbox.jsonl"'),
    ] = None
    host: Annotated[
        str | None,
        Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.:-]*$"),
        Key("邮件服务器（smtp）", "mail server (smtp)", '"smtp.example.invalid"'),
    ] = None
    port: Annotated[Whole | None, Field(ge=1, le=65535), Key("端口（smtp）", "its port (smtp)", "587")] = None
    from_address: Annotated[Text | None, Key("发件人（smtp）", "sender (smtp)", '"saima@example.invalid"')] = None
    security: Annotated[Literal["starttls", "tls"] | None, Key("加密（smtp）", "encryption (smtp)", '"starttls"')] = (
        None
    )
    url: Annotated[Text | None, Key("地址（webhook）", "address (webhook)", '"https://oa.example.invalid/saima"')] = (
        None
    )
    insecure: Annotated[YesNo | None, Key("允许不加密的 http", "plain http is allowed", '"no"')] = None
    ca_file: Annotated[Text | None, Key("内网根证书", "private root certificate", '"ca.pem"')] = None
    seconds: Annotated[Whole | None, Field(ge=1, le=120), Key("超时", "time limit", "20", "秒 / s")] = None


_LOCAL = "方案时区 / local time"


class ChannelsFile(Strict):
    """channels.toml. `alerts_from`: nothing is ever sent for earlier periods; times are local to the programme."""

    alerts_from: Annotated[Month, Key("此前各期不发通知", "nothing is sent for earlier periods", '"2022-02"')]
    default: Annotated[Text, Key("默认通道", "channel of contacts that name none", '"outbox"', refers="channels name")]
    quiet_from: Annotated[Clock, Key("免打扰起", "quiet hours begin", '"21:00"', _LOCAL)] = AlertSettings.quiet_from
    quiet_until: Annotated[Clock, Key("免打扰止", "quiet hours end", '"08:00"', _LOCAL)] = AlertSettings.quiet_until
    digest_at: Annotated[Clock, Key("每日汇总", "daily digest", '"09:00"', _LOCAL)] = AlertSettings.digest_at
    max_attempts: Annotated[
        Whole, Field(ge=1, le=100), Key("最多尝试", "attempts before a message is dead", "24", "次 / times")
    ] = AlertSettings.max_attempts
    board_url: Annotated[
        str, Key("链接开头，空 = 无链接", "base of links; empty: none", '"https://saima.example.invalid"')
    ] = ""
    channels: Annotated[tuple[ChannelTable, ...], Field(min_length=1), Key("通道", "the channels", "")]


def load_channels(path: Path, errors: ErrorList) -> tuple[tuple[ChannelSpec, ...] | None, AlertSettings]:
    """Channels and settings of channels.toml; no channels, and no alerts ever, where the programme has no such file; None where the
    file is wrong, which the list says."""
    if not path.exists():
        return (), AlertSettings()
    before = len(errors.errors)
    read = errors.attempt(lambda: read_toml(path))
    if read is None:
        return None, AlertSettings()
    with errors.kept():
        _refuse_secrets(path, read[1], read[0])
    if len(errors.errors) > before:
        return None, AlertSettings()
    file, text = read_model(path, ChannelsFile, errors)
    if file is None:
        return None, AlertSettings()
    names = [channel.name for channel in file.channels]
    for number, channel in enumerate(file.channels):
        with errors.kept():
            _check_channel(path, text, number, channel, names)
    with errors.kept():
        _check_settings(path, text, file, names)
    settings = {name: getattr(file, name) for name in AlertSettings.__dataclass_fields__}
    settings["board_url"] = file.board_url.rstrip("/")
    return tuple(_spec(channel) for channel in file.channels), AlertSettings(**settings)


def _refuse_secrets(path: Path, text: str, content: Mapping[str, Any]) -> None:
    """A secret in a programme folder would be copied, committed and mailed: it belongs into the environment."""
    tables = content.get("channels", [])
    for number, table in enumerate(tables if isinstance(tables, list) else []):
        for key, value in table.items() if isinstance(table, dict) else ():
            if key in _SECRET_KEYS or (isinstance(value, str) and _SECRET_VALUE.search(value)):
                name = str(table.get("name", "NAME")).upper().replace("-", "_")
                raise ConfigError(
                    path,
                    line_of(text, ("channels", number, key)),
                    f"channels.{number}.{key}：密钥不写在方案里，写入环境变量 SAIMA_CONN_{name}（或 AIRFLOW_CONN_{name}）",
                    f"channels.{number}.{key}: a secret belongs into SAIMA_CONN_{name} (or AIRFLOW_CONN_{name})",
                )


def _check_channel(path: Path, text: str, number: int, channel: ChannelTable, names: list[str]) -> None:
    given = [key for key in channel.model_fields_set if key not in ("name", "kind", "per_minute")]

    def wrong(key: str, zh: str, en: str, allowed: tuple[str, ...] = ()) -> ConfigError:
        where = f"channels.{number}.{key}"
        return ConfigError(path, line_of(text, ("channels", number, key)), f"{where}:{zh}", f"{where}: {en}", allowed)

    if names.index(channel.name) != number or channel.name == PHONE:
        raise wrong("name", f"通道重复或保留：{channel.name}", f"channel given twice or reserved: {channel.name}")
    kind = channel.kind
    for key in given:
        if key == "url" and kind in _PER_MINUTE:
            raise wrong(
                key,
                f"机器人的地址就是密钥，写入环境变量 SAIMA_CONN_{channel.name.upper().replace('-', '_')}",
                f"the address of a robot is its secret: SAIMA_CONN_{channel.name.upper().replace('-', '_')}",
            )
        if key not in KEYS[kind]:
            raise wrong(key, f"{kind} 没有此项设置", f"not a setting of {kind}", (*KEYS[kind], "per_minute"))
    for key in _REQUIRED.get(kind, ()):
        if key not in given:
            raise wrong(key, f"{kind} 缺少必填项", f"missing, {kind} needs it", KEYS[kind])
    if channel.path and (Path(channel.path).is_absolute() or ".." in Path(channel.path).parts):
        raise wrong("path", "须是 SAIMA_HOME 之内的相对路径", "must be relative and stay inside SAIMA_HOME")
    if channel.from_address and not MAILBOX.match(channel.from_address):
        raise wrong("from_address", "不是邮箱", "not a mailbox")
    if channel.url:
        schemes = ("https://", "http://") if channel.insecure == "yes" else ("https://",)
        if not (_WEB_URL.match(channel.url) and channel.url.startswith(schemes)):
            raise wrong(
                "url",
                '须是 https 地址（http 须写明 insecure = "yes"）',
                'must be an https address (http needs insecure = "yes")',
                schemes,
            )


def _check_settings(path: Path, text: str, file: ChannelsFile, names: list[str]) -> None:
    if file.default not in names:
        raise ConfigError(
            path,
            line_of(text, ("default",)),
            f"default：没有通道“{file.default}”",
            f"default: no channel {file.default!r}",
            tuple(names),
        )
    settings = AlertSettings(quiet_from=file.quiet_from, quiet_until=file.quiet_until)
    if settings.quiet(file.digest_at):
        raise ConfigError(
            path,
            line_of(text, ("digest_at",)) or 1,
            f"digest_at {file.digest_at:%H:%M} 在免打扰时段内",
            f"digest_at {file.digest_at:%H:%M} lies in the quiet hours",
        )
    if file.board_url and (not _WEB_URL.match(file.board_url) or _SECRET_VALUE.search(file.board_url)):
        raise ConfigError(
            path,
            line_of(text, ("board_url",)),
            "board_url 须是不带参数和密钥的网址",
            "board_url must be a web address without parameters and secrets",
            ("https://", "http://"),
        )


def _spec(channel: ChannelTable) -> ChannelSpec:
    options = {key: str(value) for key in KEYS[channel.kind] if (value := getattr(channel, key)) is not None}
    return ChannelSpec(channel.name, channel.kind, channel.per_minute or _PER_MINUTE.get(channel.kind), options)
