"""An OpenAPI document of the pages for Schemathesis: the routes from FastAPI, what the routes read themselves (fields of forms) and ids
that are there from the pages: links and forms of all roles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

FILES = {"type": "array", "items": {"type": "string", "format": "binary", "maxLength": 400}, "maxItems": 2}
TYPED = (
    "2022-06", "2022-W26", "2022-Q2", "2022-08-30", "2022-08-30T18:00", "4", "1000.5", "330481", "330402", "unit_month", "project_month",
    "已与企业核对，设备款集中在本月支付", "嘉政办发〔2022〕8 号", "land", "海宁市统计局", "LD1", "高 志强",
)  # fmt: skip
"""What people type where a form leaves it to them."""
ODD = (
    "", " ", "2026-13", "2022-06-31", "9999-Q4", "0000-01", "0001-01-01", "9999-12-31T23:59", "+292277-01-01", "-1", "9" * 40, "1e400",
    "NaN", "\x00", "../..", "'", "<b>", "=1+1", "²", "٣", "％", "\u202e", "\ufeff", "𠮷" * 30, "长" * 2500, "a\r\nb: c",
)  # fmt: skip


MOST_CHOICES = 24


class Page(HTMLParser):
    """Links and forms of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, str, dict[str, dict[str, Any]]]] = []
        """(method, address, name → attributes of the field with the `values` it offers)."""
        self._fields: dict[str, dict[str, Any]] | None = None
        self._choice: dict[str, Any] | None = None
        self._said = False
        """Whether what an option says is its value."""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"])
        elif tag == "form":
            self._fields = {}
            self.forms.append((given.get("method", "get"), given.get("action", ""), self._fields))
        elif tag == "option" and self._choice is not None:
            self._said = "value" not in given
            if not self._said:
                self._choice["values"].append(given["value"])
        elif tag in ("input", "select", "textarea", "button") and self._fields is not None and given.get("name"):
            field = self._fields.setdefault(given["name"], {"values": [], **given, "tag": tag})
            if tag == "select":
                self._choice = field
            elif "value" in given:
                field["values"].append(given["value"])

    def handle_data(self, data: str) -> None:
        if self._said and self._choice is not None:
            self._choice["values"].append(data.strip())
            self._said = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "select":
            self._choice = None


@dataclass
class Seen:
    """What the pages of all roles named: known[route, parameter] → values; forms[address] → fields."""

    routes: list[APIRoute]
    known: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    forms: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    looked_at: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def route_of(self, method: str, path: str) -> tuple[APIRoute, Mapping[str, str]] | None:
        for route in self.routes:
            found = route.path_regex.match(path)
            if found and method in route.methods:
                return route, found.groupdict()
        return None

    def operation(self, method: str, path: str) -> APIRoute:
        """The route of an operation of the document: by its template, or by an address of it."""
        for route in self.routes:
            if route.path.replace(":path", "") == path and method.upper() in route.methods:
                return route
        found = self.route_of(method.upper(), path)
        assert found, path
        return found[0]

    def note(self, page: Page) -> list[str]:
        """Notes what a page says; the addresses that it links to."""
        addresses = [link for link in page.links if self._note_address(link)]
        for method, action, fields in page.forms:
            if method.lower() == "post":
                known = self.forms.setdefault(action, {})
                for name, one in fields.items():  # a page has several forms of an address, one a row
                    before = known.get(name, {}).get("values", [])
                    known[name] = {**one, "values": list(dict.fromkeys([*before, *one["values"]]))}
                self._note_address(action, "POST")
            else:
                for name, one in fields.items():
                    offered = [f"{action}?{urlencode({name: value})}" for value in one["values"]]
                    addresses += [address for address in offered[:MOST_CHOICES] if self._note_address(address)]
        return addresses

    def _note_address(self, address: str, method: str = "GET") -> bool:
        parts = urlsplit(address)
        found = self.route_of(method, parts.path)
        if found is None:
            return False
        for name, value in [*found[1].items(), *parse_qsl(parts.query)]:
            values = self.known[found[0].path, name]
            if len(values) < MOST_CHOICES:
                values.add(unquote(value))
        return True


def routes_of(app: FastAPI) -> list[APIRoute]:
    """Every route, in the order in which they are asked."""
    found: list[Any] = []
    for route in app.routes:
        found.extend(getattr(getattr(route, "original_router", None), "routes", [route]))
    return [route for route in found if isinstance(route, APIRoute)]


def walk(seen: Seen, start: list[str], get: Callable[[str], str], each: int) -> None:
    """Follows links from these addresses, to at most this many pages of a route."""
    waiting = list(start)
    done: set[str] = set()
    while waiting:
        address = waiting.pop(0)
        found = seen.route_of("GET", urlsplit(address).path)
        most = MOST_CHOICES if found and found[0].path == "/dispatch/decisions" else each  # a form for every kind
        if address in done or found is None or seen.looked_at[found[0].path] >= most:
            continue
        done.add(address)
        seen.looked_at[found[0].path] += 1
        waiting += seen.note(Page(get(address)))


def document(app: FastAPI, seen: Seen, odd: bool) -> dict[str, Any]:
    """The OpenAPI document. `odd`: any text may stand anywhere; else ids are those of the pages, and fields what a person fills in.
    Forms are operations of their own under the very address that a page has for them, since their hidden fields belong together."""
    made = get_openapi(title="Saima", version="1", routes=app.routes)
    for path, methods in list(made["paths"].items()):
        for method, operation in methods.items():
            route = path.replace("{name}", "{name:path}") if path.startswith("/editions/") else path
            for one in operation.get("parameters", []):
                _name_values(one, seen.known.get((route, one["name"]), set()), odd)
            if method == "post":
                fields: dict[str, dict[str, Any]] = {}
                for address, own in seen.forms.items():
                    found = seen.route_of("POST", address)
                    if found and found[0].path == path:
                        fields.update(own)
                _give_body(operation, fields, odd)
    if not odd:
        for address, fields in seen.forms.items():
            if address not in made["paths"] and seen.route_of("POST", address):
                operation: dict[str, Any] = {"responses": {"303": {"description": "done"}}}
                _give_body(operation, fields, odd)
                made["paths"][address] = {"post": operation}
    for methods in made["paths"].values():
        for operation in methods.values():
            operation["responses"] = {"default": {"description": "a page"}}
    return made


def _name_values(parameter: dict[str, Any], values: set[str], odd: bool) -> None:
    if odd:
        text: dict[str, Any] = {"type": "string", "maxLength": 60}
        parameter["schema"] = {"anyOf": [{"enum": sorted({*ODD, *values})}, text]}
        if parameter["in"] == "path":
            parameter["schema"] = {"anyOf": [{"enum": sorted({*ODD, *values} - {""})}, text | {"minLength": 1}]}
    elif values:
        parameter["schema"] = {"enum": sorted(values)}


def _give_body(operation: dict[str, Any], fields: Mapping[str, Mapping[str, Any]], odd: bool) -> None:
    files = any(one.get("type") == "file" for one in fields.values())
    properties = {name: FILES if one.get("type") == "file" else _field(one, odd) for name, one in fields.items()}
    properties["form_token"] = {"enum": ["the token of the page"]}
    needed = {name for name, one in fields.items() if _is_sent(one)}
    schema = {
        "type": "object",
        "properties": properties,
        "required": sorted({"form_token"} if odd else {"form_token", *needed}),
        "additionalProperties": False,
    }
    kind = "multipart/form-data" if files else "application/x-www-form-urlencoded"
    operation["requestBody"] = {"required": True, "content": {kind: {"schema": schema}}}


def _field(given: Mapping[str, Any], odd: bool) -> dict[str, Any]:
    values = sorted({*given["values"]})[:MOST_CHOICES]
    if odd:
        return {"anyOf": [{"enum": sorted({*ODD, *TYPED, *values})}, {"type": "string", "maxLength": 80}]}
    if values:
        return {"enum": values}
    return {"enum": [text for text in (*TYPED, given.get("placeholder", "")) if _lets(given, text)] or ["已与企业核对"]}


def _is_sent(given: Mapping[str, Any]) -> bool:
    """Whether a person who fills the form in sends this field: hidden, required, a number, a choice, the button."""
    chosen = given.get("type") in ("hidden", "checkbox") or given["tag"] in ("button", "select")
    return chosen or "required" in given or "inputmode" in given


def _lets(given: Mapping[str, Any], text: str) -> bool:
    """Whether a browser would let a person send this text in a field."""
    shape = {"date": r"\d{4}-\d\d-\d\d", "datetime-local": r".*T.*"}.get(
        given.get("type", ""), given.get("pattern", ".*")
    )
    longest = 2 if given.get("inputmode") == "numeric" else 2000
    return max(1, int(given.get("minlength", 0))) <= len(text) <= longest and re.fullmatch(shape, text) is not None


TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
