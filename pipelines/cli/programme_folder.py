"""`saima programme`: check a folder, and explain every key that may stand in it."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import ConfigError, ConfigErrors
from . import output
from .options import AsJson

programme = typer.Typer(no_args_is_help=True)
Folder = Annotated[
    str, typer.Argument(metavar="DIR", help="方案目录或内置方案名 / a folder, or the name of a bundled programme")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.add_typer(programme, name="programme", help="检查、说明一个方案目录 / check or explain a programme folder")


@programme.command(help="检查方案目录：一次列出全部错误 / check a folder: all errors in one run")
def check(folder: Folder, as_json: AsJson = False) -> None:
    from ..flow.runtime.context import load_programme
    from ..programme.check_document import check_document

    errors: tuple[ConfigError, ...] = ()
    loaded = None
    try:
        loaded = load_programme(folder)
    except ConfigErrors as found:
        errors = found.errors
    except ConfigError as found:
        errors = (found,)
    document = check_document(folder, loaded, errors)
    if as_json:
        output.print_json(document.model_dump())
        raise typer.Exit(0 if document.ok else 1)
    for error in document.errors:
        where = f"{error.file}:{error.line}" if error.line else error.file
        output.say(f"{where}: {error.message_zh}\n    {error.message_en}")
        if error.allowed:
            output.say(f"    允许的值 / allowed: {', '.join(error.allowed)}")
    if not document.ok:
        output.say(f"{len(document.errors)} 处错误 / {len(document.errors)} errors")
        raise typer.Exit(1)
    output.say(
        f"方案可用 / the programme is right: {document.programme} — {document.units} 个单位 units,"
        f"{len(document.forms)} 张报表 forms({', '.join(document.forms)}),"
        f"{document.first_period} … {document.last_period},{document.time_zone}"
    )


@programme.command(help="每个键的含义、单位、示例 / every key with its meaning, unit and example")
def explain(
    folder: Annotated[
        str | None, typer.Argument(metavar="[DIR]", help="同时列出此方案的值 / also what stands in this folder")
    ] = None,
    file: Annotated[str | None, typer.Option("--file", help="只列一个文件 / this file alone, e.g. method.toml")] = None,
    as_json: AsJson = False,
) -> None:
    from ..programme.folder import find
    from ..programme.key_reference import reference

    document = reference(find(folder) if folder else None)
    shown = [one for one in document.files if file in (None, one.file)]
    if not shown:
        known = ", ".join(one.file for one in document.files)
        raise ConfigError("--file", None, f"没有此文件：{file}", f"no such file: {file}", (known,))
    if as_json:
        output.print_json(document.model_copy(update={"files": tuple(shown)}).model_dump())
        return
    for one in shown:
        output.table(
            f"{one.file}{'' if one.required else '（可无 / optional）'}",
            ("键 key", "含义 meaning", "值 value", "单位 unit", "示例 example", *(("本方案 here",) if folder else ())),
            (
                (
                    f"{key.key}{' *' if key.required else ''}",
                    key.meaning_zh if key.meaning_zh == key.meaning_en else f"{key.meaning_zh} / {key.meaning_en}",
                    " | ".join(key.allowed) or key.type + (f" → {key.refers_to}" if key.refers_to else ""),
                    key.unit,
                    key.example or (f"= {key.default}" if key.default else ""),
                    *(("; ".join(key.here or ()),) if folder else ()),
                )
                for key in one.keys
            ),
        )
    output.say("* 必填 / required")
