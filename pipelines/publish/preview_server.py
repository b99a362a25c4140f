"""`saima serve`: the site over HTTP for a look before it is uploaded. It knows the files that stood in the folder when it was asked,
by name: no path can lead elsewhere. Headers say what a real server should say too."""

from __future__ import annotations

import mimetypes
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .site.site_page import POLICY

HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}
TEXTS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json"}
DOWNLOADS = "files"
"""Folder of an edition's files: offered for download, never rendered under the site's address."""


def preview_server(folder: Path, host: str, port: int) -> ThreadingHTTPServer:
    """A server of the site's files; port 0 takes a free one (`server_address`)."""
    return ThreadingHTTPServer((host, port), partial(_Preview, folder))


class _Preview(BaseHTTPRequestHandler):
    """GET and HEAD of regular files of the folder; everything else is not found."""

    server_version = "saima"
    sys_version = ""

    def __init__(self, folder: Path, *args: object) -> None:
        self.folder = folder.resolve()
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        path = unquote(urlsplit(self.path).path).lstrip("/")
        name = f"{path}index.html" if not path or path.endswith("/") else path
        found = self._files().get(name)
        if found is None and f"{name}/index.html" in self._files():
            self.send_response(HTTPStatus.MOVED_PERMANENTLY)
            self.send_header("Location", f"/{name}/")
            self._finish(b"", body)
            return
        self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
        kind = TEXTS.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        text = kind.startswith("text/") or kind == "application/json"
        self.send_header(
            "Content-Type", f"{kind}; charset=utf-8" if found and text else kind if found else "text/plain"
        )
        if found and f"/{DOWNLOADS}/" in f"/{name}":
            self.send_header("Content-Disposition", "attachment")
        self._finish(found.read_bytes() if found else b"404\n", body)

    def _files(self) -> dict[str, Path]:
        return {
            path.relative_to(self.folder).as_posix(): path
            for path in self.folder.rglob("*")
            if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
        }

    def _finish(self, content: bytes, body: bool) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: a preview is watched in the browser."""
