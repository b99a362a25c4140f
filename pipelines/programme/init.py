"""`saima init DIR`: a programme folder to edit, copied from one that comes with the system."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import Terminal
from .folder import BUNDLED
from .value_errors import close_to

LIKE = {"city": "jiaxing", "minimal": "minimal", "permits": "permits"}
"""Word of `--like` → the bundled programme: a whole city, the smallest that works, an English one in dollars."""


def copy_to(dest: Path, like: str = "city") -> Path:
    """Copies a bundled programme into `dest`, which must be absent or empty; returns it absolute."""
    if like not in LIKE:
        near = close_to(like, LIKE)
        raise Terminal(
            f"没有样板“{like}”{near[0]}",
            f"no programme to start from is called {like!r}{near[1]}",
            f"可用 / one of: {', '.join(LIKE)}",
        )
    dest = dest.expanduser().resolve()
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise Terminal(
            f"{dest} 已存在且不为空", f"{dest} exists and is not empty", "换一个空文件夹 / name an empty folder"
        )
    shutil.copytree(BUNDLED / LIKE[like], dest, dirs_exist_ok=True)
    return dest
