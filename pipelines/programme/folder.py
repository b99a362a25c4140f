"""Where programme folders are: bundled ones by name, any other by path."""

from __future__ import annotations

from pathlib import Path

from ..errors import Terminal

BUNDLED = Path(__file__).resolve().parents[1] / "programmes"
MAIN_FILE = "programme.toml"


def bundled() -> tuple[str, ...]:
    """Names of the programmes that come with the house."""
    return tuple(sorted(folder.name for folder in BUNDLED.iterdir() if (folder / MAIN_FILE).is_file()))


def find(name_or_path: str) -> Path:
    """The folder of a bundled programme, or the folder given, absolute. Terminal error that lists the bundled names."""
    if name_or_path in bundled():
        return BUNDLED / name_or_path
    folder = Path(name_or_path).expanduser()
    if name_or_path and folder.is_dir():
        return folder.resolve()
    names = ", ".join(bundled())
    raise Terminal(
        f"没有方案“{name_or_path}”，也没有这个文件夹",
        f"no programme and no folder of the name {name_or_path!r}",
        f"内置方案 / bundled: {names}；新建用 saima init DIR / make one with saima init DIR",
    )
