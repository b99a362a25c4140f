"""`saima web`: the pages, run alone; `saima doctor`: is the installation whole?"""

from __future__ import annotations

import gc
import threading
from socket import socket
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ConfigError
from . import output
from .home_options import HomeOptions, home_options
from .options import clock_of, moment, refuse_taken, settings_of

if TYPE_CHECKING:
    from ..web.portal_state import PortalState


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the application."""
    app.command(help="网页：报送、审核、签发、调度 / the pages: portal, desk, dispatch")(web)
    app.command(help="检查安装是否完好，并给出办法 / check the installation, with remedies")(doctor)


@home_options("as_json")
def web(
    options: HomeOptions,
    host: Annotated[str, typer.Option("--host", help="监听地址 / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="端口 / port")] = 8090,
    proxy: Annotated[
        str, typer.Option("--trust-proxy", help="可信反向代理的地址 / address of the reverse proxy whose headers hold")
    ] = "",
) -> None:
    import uvicorn

    refuse_taken(host, port)
    from ..web.application import create_app
    from ..web.portal_state import PortalState

    clock = clock_of(None, options.moment(options.context(may_begin=True))) if options.now else None
    state = PortalState(
        settings_of(options.home), clock.now if clock else lambda: moment(None, None), options.programme
    )
    opened = True
    try:
        name = state.context.programme.zh
    except ConfigError as error:  # the pages say so too, and serve as soon as it is mended
        opened = False
        output.note(str(error))
        name = "方案未能载入，更正后自动生效 / the programme could not be loaded; mend it, the pages follow"
    output.note(f"http://{host}:{port}/  {name}  账号 / accounts: saima users list")
    config = uvicorn.Config(
        create_app(state),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        timeout_graceful_shutdown=10,
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket] | None = None) -> None:
            await super().startup(sockets)
            if opened:
                threading.Thread(target=_begin, args=(state,), name="saima-begin", daemon=True).start()

    Server(config).run()


def _begin(state: PortalState) -> None:
    """When the pages answer already. What is in memory then stays for as long as the server runs: nobody need look for garbage in it again
    and again."""
    state.begin()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@home_options()
def doctor(options: HomeOptions) -> None:
    from ..flow.portal.doctor import examine

    context = options.context()
    document = examine(settings_of(options.home), context, options.moment(context))
    if options.as_json:
        output.print_json(document.model_dump(mode="json"))
    else:
        marks = {"ok": "正常 ok", "warning": "注意 warning", "failed": "失败 failed"}
        output.table(
            "安装检查 / doctor",
            ("检查 check", "结果 outcome", "情况", "detail", "怎么办 remedy"),
            ((c.check, marks[c.outcome], c.zh, c.en, c.remedy) for c in document.checks),
        )
        output.say("安装完好 / in order" if document.ok else "有检查未通过 / some checks failed")
    raise typer.Exit(0 if document.ok else 1)
