"""Nothing of a single project or enterprise leaves with a publication: canaries in names, codes, remarks and amounts of the statistical
and of the dispatch returns, looked for in every byte that readers can reach, after the whole of it was built."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from expectations.examples import CLEAN, example_uscc
from pipelines.cli.app import app
from pipelines.flow.dispatch.weekly_look import run_dispatch_step
from pipelines.flow.month.build_site import shown_editions
from pipelines.flow.month.run_month import run_month
from pipelines.model.periods import Period
from pipelines.publish.edition_context import BilingualText
from pipelines.publish.figures import display
from pipelines.publish.site.lead_story import tell
from pipelines.publish.site.share_card import card_drawing, writes_chinese

from .bureau_programme import YTD, Bureau
from .published_search import texts_below, texts_of

pytestmark = pytest.mark.slow
JUNE = Period(2022, 6)
SENT, AUDIT, DUE = (datetime(2022, 7, day, 3, tzinfo=UTC) for day in (8, 13, 26))
NAMES = {
    "project": "金丝雀羽涂层产线项目",
    "dispatched": "金丝雀喙装配基地项目",
    "owner": "金丝雀巢控股有限公司",
    "statistical remark": "金丝雀爪设备延迟到港",
    "issue": "金丝雀翼用地指标未落实",
    "need": "金丝雀尾需要能耗指标",
    "unit remark": "金丝雀冠两家企业合并报送",
    "project code": "2106-330402-04-01-777313",
    "dispatched code": "2106-330402-04-01-777317",
    "statistical number": "33040200077731",
    "enterprise code": example_uscc(7770131),
}
AMOUNTS = {
    "plan": Decimal("173519.2468"),
    "invested in the year": Decimal("41357.9135"),
    "invested in the month": Decimal("2468.1357"),
    "dispatch planned": Decimal("37531.8642"),
    "dispatch done": Decimal("38642.1975"),
}
PERMITTED = ("3304-330402", "许可公开的云雀项目")
CONTROLS = {
    ".html": "南湖区",
    ".json": "南湖区",
    ".jsonld": "2022-06",
    ".csv": "南湖区",
    ".xlsx": "南湖区",
    ".docx": "南湖区",
    ".parquet": "南湖区",
    ".txt": "南湖区",
    ".atom": "2022-06",
    ".ics": "2022-06",
    ".py": "ranking.json",
    ".css": "font",
    ".js": "document",
    ".svg": "svg",
    ".png": "card.png",
}
"""Suffix → a text that does stand in a file of this kind; a kind without one would be looked through in vain."""


def spellings(amount: Decimal) -> set[str]:
    """How a program would write the amount (万元): exact, to the cent, grouped, in yuan, in 亿元."""
    yuan = amount * 10_000
    return {
        f"{amount}",
        f"{amount:.2f}",
        f"{amount:,.2f}",
        f"{amount:,}",
        f"{yuan:.0f}",
        f"{yuan:,.0f}",
        f"{amount / 10_000:.6f}",
    }


SECRETS = {**{what: {text} for what, text in NAMES.items()}, **{what: spellings(a) for what, a in AMOUNTS.items()}}


def project(code: str, number: int, ytd: Decimal, **own: object) -> dict[str, object]:
    changed: dict[str, object] = {
        "reported_unit_code": code,
        "site_code": f"{code}100",
        "stat_project_no": f"{code}000220{number:02d}",
        "project_code": f"2106-{code}-04-01-12345{number}",
        "project_name": f"普通项目{number}",
        "owner_name": f"普通企业{number}有限公司",
        "uscc": example_uscc(int(code) * 10 + number),
        "start_ym": "2022-06",
        "ytd": ytd,
        "cum_total": ytd,
        "plan_total": Decimal("173519.2468"),
        "build": ytd,
        **dict.fromkeys(("install", "equip", "other", "old_equip", "renew_equip", "land_fee"), 0),
    }
    return {**CLEAN["project_month"], **changed, **own}


def dispatched(code: str, number: int, **own: object) -> dict[str, object]:
    """A project that began in June: an achievement of the showcase."""
    changed: dict[str, object] = {
        "reported_unit_code": code,
        "project_code": f"2106-{code}-04-01-12345{number}",
        "project_name": f"普通项目{number}",
        "plan_total": Decimal("173519.2468"),
        "admission_actual": "2022-01",
        "land_plan": "2022-02",
        "land_actual": "2022-02",
        "approval_plan": "2022-03",
        "approval_actual": "2022-03",
        "start_plan": "2022-06",
        "start_actual": "2022-06",
        "completion_plan": "2023-06",
        "capacity_plan": "2023-12",
        **dict.fromkeys(("trial_actual", "completion_actual", "commission_actual", "capacity_actual")),
    }
    return {**CLEAN["dispatch_month"], **changed, **own}


@dataclass(frozen=True)
class Published:
    bureau: Bureau
    public: dict[str, str]
    """Path → everything the file says, of all that readers can reach."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A month of three counties, published with site, feed, calendar, bulletin and showcase."""
    bureau = Bureau.open(tmp_path_factory.mktemp("canaries"), ("project_month",), dispatch=True)
    for code, ytd in YTD.items():
        bureau.county(code, SENT, month="1—6月", explanation=NAMES["unit remark"] if code == "330402" else "")
        shares = [Decimal(ytd) / 4] * 4
        rows = [project(code, at, share) for at, share in enumerate(shares)]
        lines = [dispatched(code, at) for at in range(4)]
        if code == "330402":
            done = AMOUNTS["invested in the year"]
            rows[0] = project(
                code,
                0,
                done,
                month=AMOUNTS["invested in the month"],
                stat_project_no=NAMES["statistical number"],
                project_code=NAMES["project code"],
                project_name=NAMES["project"],
                owner_name=NAMES["owner"],
                uscc=NAMES["enterprise code"],
                explanation=NAMES["statistical remark"],
            )
            rows[1] = project(code, 1, Decimal(ytd) / 2 - done)
            lines[0] |= {"project_code": NAMES["project code"], "project_name": NAMES["project"]}
            lines[1] |= {
                "project_code": NAMES["dispatched code"],
                "project_name": NAMES["dispatched"],
                "planned_ytd": AMOUNTS["dispatch planned"],
                "actual_ytd": AMOUNTS["dispatch done"],
                "issue_note": NAMES["issue"],
                "need_note": NAMES["need"],
                "owner_name": NAMES["owner"],
                "uscc": NAMES["enterprise code"],
            }
            lines[2]["project_name"] = PERMITTED[1]
        bureau.projects("project_month", code, SENT, rows)
        bureau.projects("dispatch_month", code, SENT, lines)
    bureau.city(AUDIT, month="1—6月")
    home = bureau.context.settings.home
    run = run_month(bureau.context, JUNE, DUE, bureau.inbox, sign_off_as="演示")
    assert run.state == "published", (run.reason, run.units)

    def saima(*words: str) -> None:
        done = CliRunner().invoke(app, [*words, "--home", str(home), "--now", DUE.isoformat()], catch_exceptions=False)
        assert done.exit_code == 0, done.output

    permit = ("--purpose", "showcase", "--as", "经信局", "--document", "嘉经信〔2022〕31号", "--until", "2022-12-31")
    saima("dispatch", "decide", "permit", "2106-330402-04-01-123452", *permit)
    saima("calendar", "--announce")
    saima("bulletin", "2022-06", "--out", str(home / "通报.docx"))
    assert run_dispatch_step(bureau.context, JUNE, DUE).showcase
    saima("site", "build")
    public = {f"site/{name}": text for name, text in texts_below(bureau.context.settings.site).items()}
    for folder in (
        *bureau.context.settings.editions.glob("*/*/published"),
        *bureau.context.settings.editions.glob("*/showcase"),
    ):
        public |= {f"{folder}/{name}": text for name, text in texts_below(folder).items()}
    public["通报.docx"] = texts_of("通报.docx", (home / "通报.docx").read_bytes())
    yield Published(bureau, public)
    bureau.context.warehouse.close()


def test_no_canary_is_in_anything_that_readers_can_reach(published: Published) -> None:
    assert len(published.public) > 40
    found = [
        (name, what)
        for name, text in published.public.items()
        for what, said in SECRETS.items()
        for one in said
        if one in text
    ]
    assert found == []
    assert not [name for name, text in published.public.items() if "金丝雀" in text or "777313" in text]


def test_what_is_published_is_found_by_the_same_search_in_every_kind_of_file(published: Published) -> None:
    kinds = {Path(name).suffix for name in published.public}
    assert kinds >= {".html", ".json", ".csv", ".xlsx", ".docx", ".parquet", ".txt", ".jsonld", ".atom", ".ics", ".svg"}
    assert (".png" in kinds) is writes_chinese()
    for kind in kinds:
        texts = [text for name, text in published.public.items() if name.endswith(kind)]
        assert any(CONTROLS[kind] in text for text in texts), kind
    shown = [name for name, text in published.public.items() if PERMITTED[1] in text]
    assert sorted(Path(name).name for name in shown) == ["index.html", "showcase.json"], (
        "named by permit, in the showcase alone"
    )
    assert all("/showcase/" in name for name in shown)


def test_every_canary_is_in_the_files_that_stay_inside(published: Published) -> None:
    """The same search over the lake: what was sent had arrived, so there was something to keep back."""
    home = published.bureau.context.settings.home
    inside = [texts_of(path.name, path.read_bytes()) for path in sorted(home.rglob("*.parquet"))]
    missing = [what for what, said in SECRETS.items() if not any(one in text for one in said for text in inside)]
    assert len(inside) > 3 and missing == []


def test_the_picture_of_a_shared_link_is_drawn_from_published_texts(published: Published) -> None:
    """A picture cannot be searched: the drawing that it is made of can."""
    context = published.bureau.context
    (edition,) = shown_editions(context, DUE)
    whole = BilingualText(context.programme.city_zh, context.programme.city_en)
    story = tell(edition, None, display(context.programme.measure("wan_yuan")), whole, whole)
    drawing = texts_of("card.svg", card_drawing(edition, story, context.programme.zh).encode())
    leader = next(unit["name"] for unit in edition.units if unit["rank"] == 1)
    assert leader in drawing and not [one for said in SECRETS.values() for one in said if one in drawing]


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _png(kind: bytes, data: bytes) -> bytes:
    chunk = struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


SECRET = "金丝雀"
HIDDEN = {
    "escapes.json": json.dumps({"a": SECRET}).encode(),
    "entities.html": "".join(f"&#{ord(letter)};" for letter in SECRET).encode(),
    "tags.html": "金<b>丝</b>雀".encode(),
    "address.html": b"%E9%87%91%E4%B8%9D%E9%9B%80",
    "carried.html": b'<img src="data:text/plain;base64,' + base64.b64encode(SECRET.encode()) + b'">',
    "folded.ics": "SUMMARY:金丝\r\n 雀".encode(),
    "runs.docx": _zip({"word/document.xml": "<w:t>金丝</w:t></w:r><w:r><w:t>雀</w:t>".encode()}),
    "inner.xlsx": _zip({"xl/media/a.png": _png(b"tEXt", b"Title\0" + SECRET.encode())}),
    "packed.png": _png(b"zTXt", b"Title\0\0" + zlib.compress(SECRET.encode())),
    "long.png": _png(b"iTXt", b"Title\0\1\0zh\0\0" + zlib.compress(SECRET.encode())),
    "cells.parquet": _parquet(pa.table({"a": [SECRET]})),
    "notes.parquet": _parquet(pa.table({"a": [1]}).replace_schema_metadata({"note": json.dumps(SECRET)})),
    "text.csv.gz": gzip.compress(SECRET.encode()),
    "金丝雀.txt": b"",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_the_search_finds_what_is_packed_or_encoded(name: str) -> None:
    assert SECRET in texts_of(name, HIDDEN[name])


def test_a_kind_of_file_that_the_search_cannot_read_is_not_passed_over() -> None:
    with pytest.raises(AssertionError, match=r"a\.pdf"):
        texts_of("a.pdf", b"")
