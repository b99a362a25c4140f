"""sources.toml: where files come from. Each kind has its options; no two sources read one place."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from ..errors import ConfigError
from ..model.programme import Source
from .error_list import ErrorList
from .file_types import Code, Key, Slug, Strict, Text
from .toml_lines import line_of, read_model
from .value_errors import MOST_LISTED, close_to

FILE = "sources.toml"


def _yes_or_no(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


YesNo = Annotated[Literal["yes", "no"], BeforeValidator(_yes_or_no)]


class SourceOptions(Strict):
    """What may be set at a source. Credentials never stand here (SAIMA_CONN_<NAME>)."""

    unit: Annotated[
        Code | None,
        Key(
            "专属单位：此来源的文件都是该单位的",
            "the unit whose account it is: every file of it is that unit's",
            '"330402"',
            refers="units.csv code",
        ),
    ] = None
    settle: Annotated[
        Literal["looks", "done", "manifest", "none"] | None,
        Key("何时算上传完毕", "when a file counts as uploaded", '"looks"'),
    ] = None
    settle_seconds: Annotated[
        str | None,
        Field(pattern=r"^[0-9]{1,3}([.][0-9]+)?$"),
        Key("两次查看的间隔", "time between two looks", '"2"', "秒 / s"),
    ] = None
    max_bytes: Annotated[
        str | None, Field(pattern="^[0-9]{1,12}$"), Key("单个文件上限", "largest file", '"209715200"', "字节 / bytes")
    ] = None
    host_key: Annotated[Text | None, Key("服务器公钥（sftp）", "key of the server (sftp)", '"ssh-ed25519 AAAA…"')] = (
        None
    )
    hosts: Annotated[
        Text | None, Key("允许的其他主机（http）", "further hosts that links may name (http)", '"cdn.example.invalid"')
    ] = None
    insecure: Annotated[YesNo | None, Key("允许不加密的 http", "plain http is allowed (http)", '"no"')] = None
    seconds: Annotated[
        str | None,
        Field(pattern="^[0-9]{1,4}$"),
        Key("超时（http）", "time limit of a request (http)", '"60"', "秒 / s"),
    ] = None
    endpoint: Annotated[
        str | None,
        Field(pattern="^https?://"),
        Key("服务地址（s3）", "address of the service (s3)", '"https://s3.example.invalid"'),
    ] = None
    region: Annotated[Text | None, Key("区域（s3）", "region (s3)", '"us-east-1"')] = None


_EVERY = ("unit", "settle", "settle_seconds", "max_bytes")
OPTIONS = {
    "folder": _EVERY,
    "mail": _EVERY,
    "sftp": (*_EVERY, "host_key"),
    "http": (*_EVERY, "hosts", "insecure", "seconds"),
    "s3": (*_EVERY, "endpoint", "region"),
}
"""Which options a kind of source reads."""
_SCHEMES = {"sftp": ("sftp://",), "http": ("https://", "http://"), "s3": ("s3://",)}


class SourceTable(Strict):
    """A source."""

    name: Annotated[Slug, Key("来源名", "name of the source", '"inbox"')]
    kind: Annotated[Literal["folder", "sftp", "http", "s3", "mail"], Key("种类", "what it is", '"folder"')]
    location: Annotated[
        Text,
        Key(
            "位置；folder、mail 可为 SAIMA_HOME 下的相对路径",
            "where it is; folder and mail: may be relative to SAIMA_HOME",
            '"inbox"',
        ),
    ]
    options: Annotated[SourceOptions, Key("该种类的选项", "options of its kind", "")] = Field(
        default_factory=SourceOptions
    )


class SourcesFile(Strict):
    """sources.toml."""

    sources: Annotated[tuple[SourceTable, ...], Field(min_length=1), Key("来源", "the sources", "")]


def load_sources(path: Path, units: Collection[str] | None, errors: ErrorList) -> tuple[Source, ...]:
    """The sources of a folder; what is wrong goes into the list. `units`: codes of units.csv, None where that file is wrong."""
    file, text = read_model(path, SourcesFile, errors)
    if file is None:
        return ()
    places: dict[tuple[str, str], str] = {}
    names: set[str] = set()
    for number, source in enumerate(file.sources):

        def refuse(
            key: str, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None, at: int = number
        ) -> None:
            line = line_of(text, ("sources", at, *key.split(".")))
            errors.add(ConfigError(path, line, f"sources.{at}.{key}:{zh}", f"sources.{at}.{key}: {en}", allowed, value))

        if source.name in names:
            refuse("name", f"来源重复：{source.name}", f"source given twice: {source.name}", value=source.name)
        names.add(source.name)
        for option in sorted(source.options.model_fields_set - set(OPTIONS[source.kind])):
            near = close_to(option, OPTIONS[source.kind])
            refuse(
                f"options.{option}",
                f"{source.kind} 没有此选项{near[0]}",
                f"not an option of {source.kind}{near[1]}",
                OPTIONS[source.kind],
                option,
            )
        unit = source.options.unit
        if unit is not None and units is not None and unit not in units:
            near = close_to(unit, units)
            refuse(
                "options.unit",
                f"不是本方案的单位：{unit}{near[0]}",
                f"unit {unit} is not in units.csv{near[1]}",
                tuple(sorted(units)[:MOST_LISTED]),
                unit,
            )
        schemes = _SCHEMES.get(source.kind)
        if schemes and not source.location.startswith(schemes):
            refuse(
                "location",
                f"须以 {' 或 '.join(schemes)} 开头",
                f"location must begin with {' or '.join(schemes)}",
                schemes,
                source.location,
            )
            continue
        if schemes and "@" in source.location.split("//", 1)[1].split("/", 1)[0]:
            variable = f"SAIMA_CONN_{source.name.upper().replace('-', '_')}"
            refuse("location", f"账号和密码写入 {variable}", f"credentials belong into {variable}")
            continue
        if not schemes and "://" in source.location:
            refuse(
                "location",
                f"{source.kind} 的位置是路径，不是网址",
                f"the location of a {source.kind} is a path, not an address",
                (),
                source.location,
            )
            continue
        place = _place(source)
        other = next((name for known, name in places.items() if _same(known, place)), None)
        if other is not None:
            refuse(
                "location",
                f"与来源 {other} 是同一处或在其中，文件会被收取两次",
                f"the same place as source {other}, or inside it: every file would be fetched twice",
                (),
                source.location,
            )
        places.setdefault(place, source.name)
    return tuple(Source(s.name, s.kind, s.location, s.options.model_dump(exclude_none=True)) for s in file.sources)


def _place(source: SourceTable) -> tuple[str, str]:
    """Where a source reads, in one spelling."""
    if source.kind in ("folder", "mail"):
        return "path", str(PurePosixPath(source.location.rstrip("/") or "/"))
    parts = urlsplit(source.location)
    return source.kind, f"{parts.netloc.casefold()}{parts.path.rstrip('/')}?{parts.query}"


def _same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """One place, or a folder inside the other."""
    if one[0] != other[0]:
        return False
    if one[0] != "path":
        return one[1] == other[1]
    first, second = PurePosixPath(one[1]), PurePosixPath(other[1])
    return first.is_relative_to(second) or second.is_relative_to(first)
