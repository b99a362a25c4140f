"""What all pages of the site share: templates, links that work from a folder as from an address, policy, and the frame around."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..edition_context import BilingualText

HERE = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
"""The policy in each page; `saima serve` sends it as a header, with frame-ancestors, which only a header can say."""


NAVIGATION = (
    ("home", "", "首页", "Home"),
    ("units", "units/", "地区", "Units"),
    ("method", "method/", "方法", "Method"),
    ("quality", "quality/", "质量", "Quality"),
    ("calendar", "calendar/", "日历", "Calendar"),
    ("downloads", "downloads/", "下载", "Downloads"),
)
"""Sections: key, folder, Chinese and English name."""


@dataclass(frozen=True)
class PageFrame:
    """What stands around a page. `path`: of the page's folder inside the site ('' for the home page); `section`: of the navigation."""

    path: str
    section: str
    title: BilingualText
    description: str
    canonical: str = ""

    @property
    def root(self) -> str:
        """The way from the page to the site's root."""
        return "../" * (self.path.count("/") + 1) if self.path else ""


class SiteRenderer:
    """Renders pages of one site. `site_url`: its address, '' where nobody has said; `home`: the programme's name."""

    def __init__(self, home: BilingualText, whole: BilingualText, site_url: str) -> None:
        self.home, self.whole = home, whole
        self.site_url = site_url.rstrip("/")
        self.assets = {name_with_hash(path): path.read_bytes() for path in sorted((HERE / "assets").iterdir())}

    @property
    def whole_label(self) -> BilingualText:
        """The whole as a row is called."""
        en = self.whole.en.removeprefix("the ")
        return BilingualText(self.whole.zh, en[:1].upper() + en[1:])

    def page(self, template: str, frame: PageFrame, card: str = "", data: Any = None, **values: Any) -> bytes:
        """A page as bytes. `card`: site path of its picture for sharing; `data`: schema.org JSON-LD."""
        text = (
            environment()
            .get_template(template)
            .render(
                frame=frame,
                root=frame.root,
                home=self.home,
                whole=self.whole,
                policy=POLICY,
                asset=lambda name: f"{frame.root}assets/{self._asset(name)}",
                address=self._address(frame.canonical or frame.path),
                card=f"{self.site_url}/{card}" if card and self.site_url else "",
                data=data_block(data) if data is not None else "",
                **values,
            )
        )
        return text.encode("utf-8", "backslashreplace")

    def _asset(self, name: str) -> str:
        stem, _, kind = name.rpartition(".")
        return next(known for known in self.assets if known.startswith(f"{stem}.") and known.endswith(f".{kind}"))

    def _address(self, path: str) -> str:
        return f"{self.site_url}/{path}/" if self.site_url and path else f"{self.site_url}/" if self.site_url else ""


def name_with_hash(path: Path) -> str:
    """`site.css` → `site.1a2b3c4d.css`: a changed file has another address, so that browsers may keep it."""
    return f"{path.stem}.{sha256(path.read_bytes()).hexdigest()[:8]}{path.suffix}"


def data_block(data: Any) -> Markup:
    """JSON inside a page: no `<` of a name can end the block."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign, escaped in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(sign, escaped)
    return Markup(text)  # noqa: S704 — nothing in it can close the element


@cache
def environment() -> Environment:
    """The templates of the site; every value is escaped."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["drawing"] = Markup  # our own SVG, every text in it escaped by the drawer
    made.globals["navigation"] = NAVIGATION
    return made


def both(texts: Mapping[str, str]) -> BilingualText:
    """A `{zh, en}` of a document as a text."""
    return BilingualText(texts["zh"], texts["en"])
