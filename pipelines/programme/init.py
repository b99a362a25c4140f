"""`saima init DIR`: a programme folder to edit, copied from the one that comes with the house."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import Terminal
from .folder import BUNDLED

TEMPLATE = "jiaxing"


def copy_to(dest: Path) -> Path:
    """Copies the bundled programme into `dest`, which must be absent or empty; returns it absolute."""
    dest = dest.expanduser().resolve()
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise Terminal(
            f"{dest} 已存在且不为空", f"{dest} exists and is not empty", "换一个空文件夹 / name an empty folder"
        )
    shutil.copytree(BUNDLED / TEMPLATE, dest, dirs_exist_ok=True)
    return dest
