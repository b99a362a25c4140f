"""Files that left the books for others: the site and showcases that everybody sees, deliveries that lie below the home."""

from __future__ import annotations

from pathlib import Path

from ...model.loading import Check
from ...warehouse.db.locking import shared_lock
from ...warehouse.db.sqlite_connection import BUSY_SECONDS
from ..dispatch.public_showcase import FOLDER
from ..records.noted_files import SHOWCASE, differing, entries_of, logged_files
from ..records.public_pages import SITE, SITE_LOCK, known_site, listed_site
from ..runtime.context import Context

SHOWN = 5


def check_public_pages(context: Context) -> Check:
    """The site and the showcases are file by file what was laid down. A home that was restored has no site until it is built; showcases
    older than their register are unproved."""
    looked_at, bad = _site(context)
    if bad:  # it may be being built: looked at once more, with builders held off
        with shared_lock(context.settings.home / SITE_LOCK, BUSY_SECONDS):
            looked_at, bad = _site(context)
    showcases = logged_files(context, SHOWCASE)
    for period, files in showcases.items():
        looked_at += len(files)
        wrong = [f"{FOLDER} {period}: {what}" for what in differing(context.settings.editions / period / FOLDER, files)]
        bad += wrong
    lying = {folder.parent.name for folder in context.settings.editions.glob(f"*/{FOLDER}")}
    said = _shortened(bad) + (["saima site build 重新生成 / makes them again"] if bad else [])
    if older := sorted(lying - showcases.keys()):
        said.append(f"{', '.join(older)} 的成果晾晒页早于登记，未核 / showcases older than the register, unproved")
    return Check("public-pages", looked_at, len(bad), "; ".join(said))


def check_delivered_folders(context: Context) -> Check:
    """Deliveries below `out/deliveries` are file by file what their receipts say; what was delivered elsewhere is its receiver's."""
    root = context.settings.out / "deliveries"
    looked_at, bad = 0, list[str]()
    for one in context.warehouse.deliveries.of_period():
        folder = root / one.delivery_id
        if Path(one.destination).parts[-3:] != folder.parts[-3:]:  # also of a home that was moved since
            continue
        files = {**one.files, "manifest.json": one.content_hash}
        looked_at += len(files)
        bad += [f"{one.delivery_id}: {what}" for what in differing(folder, files)]
    remedy = ["从备份取回，或重新交付 / take them from a backup, or deliver again: saima deliver"] if bad else []
    return Check("deliveries-laid-down", looked_at, len(bad), "; ".join([*_shortened(bad), *remedy]))


def _site(context: Context) -> tuple[int, list[str]]:
    """(files looked at, what is wrong)."""
    entries = entries_of(context, SITE, "rebuild", "restore")
    noted = known_site(entries)
    if not noted:
        return 0, []
    if not context.settings.site.is_dir():
        last = {entry.action: entry.seq for entry in entries}
        restored = last.get("restore", 0) > last.get(SITE, last.get("rebuild", 0))
        return 0, [] if restored else ["site: 整个目录缺失 / the whole folder is gone"]
    listed = listed_site(context, noted)
    if listed is None:
        return 1, ["site: 文件清单缺失或被改动 / the list of its files is gone or was changed"]
    return len(listed), [f"site: {what}" for what in differing(context.settings.site, listed)]


def _shortened(said: list[str]) -> list[str]:
    """The first few."""
    return said if len(said) <= SHOWN else [*said[:SHOWN], f"… (+{len(said) - SHOWN})"]
