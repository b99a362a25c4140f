"""Which code made an edition: the version of the package and a digest of its sources."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@cache
def code_version() -> str:
    """`0.1.0+3f2a…`: the digest covers every Python file of the package, so that a changed formula shows."""
    digest = sha256()
    for file in sorted(_ROOT.rglob("*.py")):
        digest.update(file.relative_to(_ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return f"{_release()}+{digest.hexdigest()[:12]}"


def _release() -> str:
    try:
        return version("saima")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0"
