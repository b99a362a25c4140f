"""contacts.csv: who is told, checked against units, forms and channels, so that nobody is forgotten or told twice.

It decides no verdict, so it is no part of the programme's version (`folder_files.UNVERSIONED`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from ..model.forms import FormLayout
from ..model.notifications import PHONE, Contact
from ..model.programme import ChannelSpec
from ..model.units import UnitRoster
from .alerting import CHANNELS, MAILBOX
from .csv_lines import Lines
from .file_types import Key, Strict, Text
from .value_errors import MOST_LISTED, close_to

CONTACTS = "contacts.csv"

_MOBILE = (
    re.compile(r"\A(1\d{10}|group|all)\Z", re.ASCII),
    "要@的手机号",
    "a mobile number to mention",
    ("group", "all"),
)
_ADDRESS: Mapping[str, tuple[re.Pattern[str], str, str, tuple[str, ...]]] = {
    "smtp": (MAILBOX, "邮箱", "a mailbox", ()),
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
_SEVERAL = re.compile(r"[,;\uff0c\uff1b\u3001|]|\S\s+\S*@")
"""Two addresses in one cell: a message to both of them reaches neither."""
_ANY = (re.compile(r"\A[^\s\x00-\x1f\x7f]{1,200}\Z"), "地址", "an address without spaces", ())


class ContactRow(Strict):
    """contacts.csv: mailboxes and telephones of roles, no names of people. `unit_code` and `form` * are every one; an empty
    `channel` is the default of channels.toml, `phone` is for the call list alone."""

    unit_code: Annotated[Text, Key("单位代码，* 为全部", "the unit, * is every one", "330402", refers="units.csv code")]
    form: Annotated[Text, Key("报表，* 为全部", "the form, * is every one", "unit_month", refers="forms/*.toml")] = "*"
    audience: Annotated[Literal["county", "leader", "bureau", "engineer"], Key("收件角色", "who it is", "county")]
    role: Annotated[Text, Key("岗位，不写人名", "the post, no name of a person", "统计报送岗")]
    channel: Annotated[
        str,
        Key(
            "通道，空 = 默认，phone = 电话",
            "channel; empty: default, phone: call list",
            "outbox",
            refers="channels name",
        ),
    ] = ""
    address: Annotated[Text, Key("地址，一行一个", "address, one a row", "tongji@example.invalid")]


def load_contacts(
    lines: Lines[ContactRow],
    roster: UnitRoster,
    forms: Collection[str],
    layouts: Mapping[str, FormLayout],
    channels: tuple[ChannelSpec, ...] | None,
    default: str,
) -> tuple[Contact, ...]:
    """The contacts: units, forms and channels exist, an address is one and fits its channel, nobody stands twice, and no unit is
    without a contact for a form that it must send. `channels` None: channels.toml is wrong itself."""
    kinds = {channel.name: channel.kind for channel in channels or ()}
    units = {"*", *(unit.code for unit in roster.units)}
    first: dict[Contact, int] = {}
    for line, row in lines:
        if row.unit_code not in units:
            near = close_to(row.unit_code, units)
            lines.refuse(
                line,
                f"未知的 unit_code：{row.unit_code}{near[0]}",
                f"unknown unit_code: {row.unit_code}{near[1]}",
                tuple(sorted(units)[:MOST_LISTED]),
                row.unit_code,
            )
        if row.form not in ("*", *forms):
            near = close_to(row.form, forms)
            lines.refuse(
                line,
                f"未知的 form：{row.form}{near[0]}",
                f"unknown form: {row.form}{near[1]}",
                ("*", *sorted(forms)),
                row.form,
            )
        channel = row.channel or default
        if channels is not None and channel != PHONE and channel not in kinds:
            near = close_to(channel, (*kinds, PHONE))
            lines.refuse(
                line,
                f"{CHANNELS} 中没有通道“{channel}”{near[0]}",
                f"no channel {channel!r} in {CHANNELS}{near[1]}",
                (*kinds, PHONE),
                channel,
            )
        elif channels is not None:
            _check_address(lines, line, row.address, kinds.get(channel, PHONE))
        contact = Contact(row.unit_code, row.form, row.audience, row.role, channel, row.address)
        if (other := first.setdefault(contact, line)) != line:
            lines.refuse(
                line,
                f"联系人重复（已在第 {other} 行）",
                f"contact given twice (already in line {other})",
                value=row.address,
            )
    if channels and lines.complete:
        _nobody_forgotten(lines, tuple(first), roster, layouts)
    return tuple(first)


def _check_address(lines: Lines[ContactRow], line: int, address: str, kind: str) -> None:
    pattern, zh, en, allowed = _ADDRESS.get(kind, _ANY)
    if _SEVERAL.search(address):
        lines.refuse(
            line,
            f"address {address!r} 是多个地址：每个地址单独一行",
            f"address {address!r} is several addresses, and is not {en}: give each a row of its own",
            allowed,
            address,
        )
    elif not pattern.match(address):
        lines.refuse(line, f"address {address!r} 不是{zh}", f"address {address!r} is not {en}", allowed, address)


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
                lines.refuse(
                    None,
                    f"{unit.code} {unit.name} 的 {form.name} 没有 county 联系人",
                    f"no county contact of {unit.code} for {form.name}: nobody could be reminded",
                )
