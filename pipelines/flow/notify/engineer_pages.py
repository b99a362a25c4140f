"""Pages for engineers from outside the ladder: a broken house is told even where the warehouse is what broke. Never a late county.

A page is first a file of the home (`alerts/pages/<id>.json`), created exclusively: it survives whatever is wrong, and the same
cause makes no second one. From there it goes into the outbox; where that cannot be opened, or is itself what does not
drain, straight to the engineers' channels. What neither way would take waits for the next delivery. Nothing heavy is imported
before a page has to go somewhere: DAG callbacks load this module in whatever process Airflow runs them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ...settings import Settings, connections

if TYPE_CHECKING:
    from ...model.notifications import Notification
    from ...model.programme import Programme
    from ..runtime.context import Context

logger = logging.getLogger(__name__)

FOLDER = Path("alerts") / "pages"
LONGEST = 300
"""Characters of a reason that are told; the log has the rest."""
REMEMBERED = timedelta(days=7)
"""How long the file of a page that was told directly is kept, so that its cause is not told again the same day."""

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://\S+")


@dataclass(frozen=True)
class Page:
    """What broke (`problem` its code, `zh` and `en` in words), where and where its log is, what to do. No rows, no amounts, no
    address of a source. `name` tells one occurrence from the next, to the day: the same cause is told once a day.

    `outbox_is_broken`: what sends the outbox is what failed."""

    problem: str
    name: str
    zh: str
    en: str
    detail: str
    remedy: str
    at: datetime
    outbox_is_broken: bool = False

    @property
    def file_name(self) -> str:
        return sha256(f"{self.problem}|{self.name}".encode()).hexdigest()[:32]


def without_addresses(text: str) -> str:
    """The first line of a reason, shortened; of an address only its kind is left (it may carry a password or a token)."""
    first = text.strip().splitlines()[0] if text.strip() else ""
    return _ADDRESS.sub(r"\1://…", first)[:LONGEST]


def keep(settings: Settings, page: Page) -> bool:
    """Write the page into the home; False where the same page is there already, waiting or told."""
    folder = settings.home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / f"{page.file_name}.told").exists():
        return False
    document = {**asdict(page), "at": page.at.isoformat()}
    try:
        with (folder / f"{page.file_name}.json").open("x", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False)
    except FileExistsError:
        return False
    return True


def kept(settings: Settings) -> Iterator[tuple[Path, Page]]:
    """Pages that nobody has taken over yet, oldest first. A half-written one (the process died) is told as what it is."""
    found = []
    for file in (settings.home / FOLDER).glob("*.json"):
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            page = Page(**{**document, "at": datetime.fromisoformat(document["at"])})
        except FileNotFoundError:
            continue
        except (ValueError, TypeError, KeyError):
            page = Page(
                "page_unreadable",
                file.stem,
                "一条故障通知没有写完",
                "a page was only half written",
                f"{FOLDER}/{file.name}",
                "查看当时的调度日志 / see the logs of that moment",
                datetime.fromtimestamp(file.stat().st_mtime).astimezone(),
            )
        found.append((page.at, file, page))
    yield from ((file, page) for _, file, page in sorted(found, key=lambda one: (one[0], one[1].name)))


def post(settings: Settings, page: Page, now: datetime) -> None:
    """A page on its way: into the outbox, else straight to the engineers; kept for the next delivery where neither works."""
    try:
        if not keep(settings, page):
            return
    except OSError:
        logger.exception("the page cannot be written to %s; it goes on without a file", settings.home)
    if not page.outbox_is_broken:
        try:
            from ..runtime.context import open_context

            _into_outbox(open_context(settings), page, now)
        except Exception:
            logger.exception("the outbox does not take the page; it goes straight to the engineers")
        else:
            _file_of(settings, page).unlink(missing_ok=True)
            return
    if _tell(settings, page, now):
        with suppress(OSError):
            file = _file_of(settings, page)
            file.replace(file.with_suffix(".told"))


def take_over(context: Context, now: datetime) -> int:
    """Pages that are still in the home go into the outbox; how many. Old files of told pages are removed."""
    count = 0
    for file, page in kept(context.settings):
        _into_outbox(context, page, now)
        file.unlink(missing_ok=True)
        count += 1
    for file in (context.settings.home / FOLDER).glob("*.told"):
        with suppress(FileNotFoundError):
            if now.timestamp() - file.stat().st_mtime > REMEMBERED.total_seconds():
                file.unlink()
    return count


def _file_of(settings: Settings, page: Page) -> Path:
    return settings.home / FOLDER / f"{page.file_name}.json"


def _into_outbox(context: Context, page: Page, now: datetime) -> None:
    context.warehouse.alerts.post(_notices(context.programme, page, now))


def _notices(programme: Programme, page: Page, now: datetime) -> list[Notification]:
    from .notification_builder import NotificationBuilder

    return NotificationBuilder(programme).engineer(
        page.problem, page.name, page.zh, page.en, page.detail, page.remedy, page.at, now
    )


def _tell(settings: Settings, page: Page, now: datetime) -> bool:
    """Straight to the engineers' channels, one try each; True where somebody was reached."""
    try:
        from ...alerts.channels import open_channels
        from ..runtime.context import DEFAULT_PROGRAMME, load_programme, recorded_programme

        programme = load_programme(recorded_programme(settings.home) or DEFAULT_PROGRAMME)
        channels = open_channels(programme.channels, connections(), settings.home)
        answers = [channels[n.channel].send(n, now) for n in _notices(programme, page, now) if n.channel in channels]
    except Exception:
        logger.exception("the engineers cannot be told directly: %s %s", page.problem, page.name)
        return False
    for answer in answers:
        if not answer.accepted:
            logger.error("a page was not taken: %s", answer.detail)
    return any(answer.accepted for answer in answers)
