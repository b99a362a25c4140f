"""Who is told what, and by which way: channels.toml and contacts.csv, checked against each other and against the units.

Neither decides a verdict, so neither is part of the programme's version (`loader.UNVERSIONED`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, ValidationError

from ..errors import ConfigError
from ..model.forms import FormLayout
from ..model.notices import PHONE, Contact
from ..model.programme import AlertSettings, ChannelSpec
from ..model.units import UnitRoster
from .checks import MOST_LISTED
from .csv_lines import Lines
from .explain import BadValue, explain, worst
from .files import Month, Strict, Text
from .toml_lines import line_of, read_toml

CONTACTS = "contacts.csv"
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
_MAIL = re.compile(r"\A[^\s@,;:<>()\[\]\"\\]{1,64}@[0-9A-Za-z](?:[0-9A-Za-z.-]{0,252}[0-9A-Za-z])?\Z")
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
_MOBILE = (
    re.compile(r"\A(1\d{10}|group|all)\Z", re.ASCII),
    "要@的手机号",
    "a mobile number to mention",
    ("group", "all"),
)
_ADDRESS: Mapping[str, tuple[re.Pattern[str], str, str, tuple[str, ...]]] = {
    "smtp": (_MAIL, "邮箱", "a mailbox", ()),
    "dingtalk": _MOBILE,
    "wecom": _MOBILE,
    "feishu": (
        re.compile(r"\A(ou_[0-9A-Za-z]+|group|all)\Z"),
        "要@的 open_id",
        "an open_id to mention",
        ("group", "all"),
    ),
    PHONE: (re.compile(r"\A\+?[0-9][0-9 -]{2,24}\Z", re.ASCII), "电话号码", "a telephone number", ()),
}
"""What an address is on a kind of channel; in a robot's group `group` mentions nobody and `all` everybody."""
_ANY = (re.compile(r"\A[^\s\x00-\x1f\x7f]{1,200}\Z"), "地址", "an address without spaces", ())


def _clock(value: object) -> time:
    if isinstance(value, str) and _CLOCK.match(value):
        return time.fromisoformat(value)
    raise BadValue(f"{value!r} 不是时刻,应写 HH:MM", f"{value!r} is not a time of day, write HH:MM")


Clock = Annotated[time, PlainValidator(_clock)]


class ChannelTable(Strict):
    """A `[[channels]]` of channels.toml; which settings a kind has stands in `KEYS`."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    kind: Literal["file", "console", "smtp", "webhook", "dingtalk", "wecom", "feishu"]
    per_minute: Annotated[int, Field(ge=1, le=6000)] | None = None
    path: Text | None = None
    host: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.:-]*$")] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    from_address: Text | None = None
    security: Literal["starttls", "tls"] | None = None
    url: Text | None = None
    insecure: Literal["yes", "no"] | None = None
    ca_file: Text | None = None
    seconds: Annotated[int, Field(ge=1, le=120)] | None = None


class ChannelsFile(Strict):
    """channels.toml. `alerts_from`: nothing is ever sent for earlier periods; times are local to the programme."""

    alerts_from: Month
    default: Text
    quiet_from: Clock = AlertSettings.quiet_from
    quiet_until: Clock = AlertSettings.quiet_until
    digest_at: Clock = AlertSettings.digest_at
    max_attempts: Annotated[int, Field(ge=1, le=100)] = AlertSettings.max_attempts
    board_url: str = ""
    channels: Annotated[tuple[ChannelTable, ...], Field(min_length=1)]


class ContactRow(Strict):
    """contacts.csv: mailboxes and telephones of roles, no names of people. `unit_code` and `form` * are every one; an empty
    `channel` is the default of channels.toml, `phone` is for the call list alone."""

    unit_code: Text
    form: Text = "*"
    audience: Literal["county", "leader", "bureau", "engineer"]
    role: Text
    channel: str = ""
    address: Text


def load_channels(path: Path) -> tuple[tuple[ChannelSpec, ...], AlertSettings]:
    """Channels and settings of channels.toml; none, and no alerts ever, where the programme has no such file."""
    if not path.exists():
        return (), AlertSettings()
    content, text = read_toml(path)
    _refuse_secrets(path, text, content)
    try:
        file = ChannelsFile.model_validate(content)
    except ValidationError as error:
        first = worst(error)
        zh, en, allowed = explain(first, ChannelsFile)
        raise ConfigError(path, line_of(text, first["loc"]) or 1, zh, en, allowed) from error
    names = [channel.name for channel in file.channels]
    for number, channel in enumerate(file.channels):
        _check_channel(path, text, number, channel, names)
    _check_settings(path, text, file, names)
    settings = {name: getattr(file, name) for name in AlertSettings.__dataclass_fields__}
    settings["board_url"] = file.board_url.rstrip("/")
    return tuple(_spec(channel) for channel in file.channels), AlertSettings(**settings)


def load_contacts(
    lines: Lines[ContactRow],
    roster: UnitRoster,
    forms: Mapping[str, FormLayout],
    channels: tuple[ChannelSpec, ...],
    default: str,
) -> tuple[Contact, ...]:
    """The contacts: units, forms and channels exist, an address fits its channel, nobody stands twice, and no unit is
    without a contact for a form that it must send."""
    kinds = {channel.name: channel.kind for channel in channels}
    units = {"*", *(unit.code for unit in roster.units)}
    first: dict[Contact, int] = {}
    for line, row in lines:
        if row.unit_code not in units:
            raise lines.wrong(
                line,
                f"未知的 unit_code:{row.unit_code}",
                f"unknown unit_code: {row.unit_code}",
                tuple(sorted(units)[:MOST_LISTED]),
            )
        if row.form not in ("*", *forms):
            raise lines.wrong(line, f"未知的 form:{row.form}", f"unknown form: {row.form}", ("*", *sorted(forms)))
        channel = row.channel or default
        if channel != PHONE and channel not in kinds:
            raise lines.wrong(
                line, f"{CHANNELS} 中没有通道“{channel}”", f"no channel {channel!r} in {CHANNELS}", (*kinds, PHONE)
            )
        pattern, zh, en, allowed = _ADDRESS.get(kinds.get(channel, PHONE), _ANY)
        if not pattern.match(row.address):
            raise lines.wrong(
                line, f"address {row.address!r} 不是{zh}", f"address {row.address!r} is not {en}", allowed
            )
        contact = Contact(row.unit_code, row.form, row.audience, row.role, channel, row.address)
        if (other := first.setdefault(contact, line)) != line:
            raise lines.wrong(line, f"联系人重复(已在第 {other} 行)", f"contact given twice (already in line {other})")
    if channels:
        _nobody_forgotten(lines, tuple(first), roster, forms)
    return tuple(first)


def _nobody_forgotten(
    lines: Lines[ContactRow], contacts: tuple[Contact, ...], roster: UnitRoster, forms: Mapping[str, FormLayout]
) -> None:
    """With alerts on, a unit that nobody can remind is an error of the folder, not a surprise after the due date."""
    reached = {(contact.unit_code, contact.form) for contact in contacts if contact.audience == "county"}
    if ("*", "*") in reached:
        return
    for unit in roster.units:
        for form in forms.values():
            sends = form.may_send(unit)
            ways = {(u, f) for u in ("*", unit.code) for f in ("*", form.name)}
            if sends and not ways & reached:
                raise lines.wrong(
                    None,
                    f"{unit.code} {unit.name} 的 {form.name} 没有 county 联系人",
                    f"no county contact of {unit.code} for {form.name}: nobody could be reminded",
                )


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
                    f"channels.{number}.{key}:密钥不写在方案里,写入环境变量 SAIMA_CONN_{name}(或 AIRFLOW_CONN_{name})",
                    f"channels.{number}.{key}: a secret belongs into SAIMA_CONN_{name} (or AIRFLOW_CONN_{name})",
                )


def _check_channel(path: Path, text: str, number: int, channel: ChannelTable, names: list[str]) -> None:
    given = [key for key in channel.model_fields_set if key not in ("name", "kind", "per_minute")]

    def wrong(key: str, zh: str, en: str, allowed: tuple[str, ...] = ()) -> ConfigError:
        where = f"channels.{number}.{key}"
        return ConfigError(path, line_of(text, ("channels", number, key)), f"{where}:{zh}", f"{where}: {en}", allowed)

    if names.index(channel.name) != number or channel.name == PHONE:
        raise wrong("name", f"通道重复或保留:{channel.name}", f"channel given twice or reserved: {channel.name}")
    kind = channel.kind
    for key in given:
        if key == "url" and kind in _PER_MINUTE:
            raise wrong(
                key,
                f"机器人的地址就是密钥,写入环境变量 SAIMA_CONN_{channel.name.upper().replace('-', '_')}",
                f"the address of a robot is its secret: SAIMA_CONN_{channel.name.upper().replace('-', '_')}",
            )
        if key not in KEYS[kind]:
            raise wrong(key, f"{kind} 没有此项设置", f"not a setting of {kind}", (*KEYS[kind], "per_minute"))
    for key in _REQUIRED.get(kind, ()):
        if key not in given:
            raise wrong(key, f"{kind} 缺少必填项", f"missing, {kind} needs it", KEYS[kind])
    if channel.path and (Path(channel.path).is_absolute() or ".." in Path(channel.path).parts):
        raise wrong("path", "须是 SAIMA_HOME 之内的相对路径", "must be relative and stay inside SAIMA_HOME")
    if channel.from_address and not _MAIL.match(channel.from_address):
        raise wrong("from_address", "不是邮箱", "not a mailbox")
    if channel.url:
        schemes = ("https://", "http://") if channel.insecure == "yes" else ("https://",)
        if not (_WEB_URL.match(channel.url) and channel.url.startswith(schemes)):
            raise wrong(
                "url",
                '须是 https 地址(http 须写明 insecure = "yes")',
                'must be an https address (http needs insecure = "yes")',
                schemes,
            )


def _check_settings(path: Path, text: str, file: ChannelsFile, names: list[str]) -> None:
    if file.default not in names:
        raise ConfigError(
            path,
            line_of(text, ("default",)),
            f"default:没有通道“{file.default}”",
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
