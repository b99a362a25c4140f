"""Commands of the public site: site build, serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import output
from .home_options import HomeOptions, home_options
from .options import period_of, refuse_taken

if TYPE_CHECKING:
    from datetime import datetime

    from ..flow.runtime.context import Context

LOCAL = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    site = typer.Typer(
        no_args_is_help=True, help="公开网站：由已发布的版本生成 / the public site, made of published editions"
    )
    site.command(
        "build", help="重新生成网站，修复成果晾晒页 / build the site again from every published edition, mend showcases"
    )(build)
    app.add_typer(site, name="site")
    app.command(help="在本机预览网站 / preview the site on this machine")(serve)


@home_options()
def build(options: HomeOptions) -> None:
    from ..flow.dispatch.public_showcase import refresh_showcases
    from ..flow.month.build_site import build_site

    context = options.context()
    at = options.moment(context)
    done = build_site(context, at)
    showcases = refresh_showcases(context, at)
    if options.as_json:
        output.print_json(done.model_dump(mode="json"))
        return
    output.say(
        f"{done.editions} 个版本，{done.files} 个文件，更新 {done.written} 个 / {done.editions} editions, {done.files} files, "
        f"{done.written} written\n  {done.folder / 'index.html'}"
    )
    for folder in showcases:
        output.say(f"  成果晾晒页已重新生成 / showcase made again: {folder}")


def tell_follow_ups(context: Context, period: str, at: datetime) -> list[str]:
    """Site and dispatch tables with what was just published; a failure is told, is returned and undoes nothing."""
    from ..flow.month.follow_publication import follow_publication

    failures = follow_publication(context, period_of(period), at)
    for failure in failures:
        output.note(failure)
    return failures


@home_options("now", "as_json")
def serve(
    options: HomeOptions,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="端口，0 为任一空闲 / port, 0 any free")] = 8622,
    host: Annotated[str, typer.Option("--host", help="监听地址 / address to listen on")] = LOCAL,
) -> None:
    from ..errors import Refused
    from ..publish.preview_server import preview_server

    context = options.context()
    folder = context.settings.site
    if not (folder / "index.html").is_file():
        raise Refused(f"{folder} 还没有网站", f"there is no site at {folder} yet", "saima site build")
    refuse_taken(host, port)
    with preview_server(folder, host, port) as server:
        output.say(f"http://{host}:{server.server_address[1]}/ — Ctrl-C 结束 / stops it")
        server.serve_forever()
