"""What goes wrong in the lake, told by its cause."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import pyarrow as pa
import sqlalchemy as sa

from ...errors import Terminal, Transient
from ..db.database_errors import reported

_P = ParamSpec("_P")
_R = TypeVar("_R")
_OF_FILES = ("parquet", "thrift", "end of stream", "decompress", "corrupt", "page")
"""Words of Arrow for a data file that is cut off or was changed."""


def told(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Errors of the catalog's database with their cause; a commit that lost a race may be tried again; a data file that cannot be read is
    damaged, and the audit names it; one that is gone may be an older reader's, whom an upkeep of the lake overtook."""

    @wraps(method)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with reported(sa.engine.make_url(args[0].catalog_url)):  # type: ignore[attr-defined]
            try:
                return method(*args, **kwargs)
            except FileNotFoundError as cause:
                raise Transient(
                    f"数据湖缺少文件（{cause}）",
                    f"a file of the lake is gone ({cause})",
                    "再试一次；仍缺则 saima audit 指明缺哪些：从备份取回 lake，或 saima rebuild 由档案重建 / try again; saima audit names "
                    "what is missing: restore the lake from a backup, or saima rebuild",
                ) from cause
            except (pa.ArrowInvalid, OSError) as cause:
                of_system = getattr(cause, "errno", None) is not None  # a full disk
                if of_system or not any(word in str(cause).lower() for word in _OF_FILES):
                    raise
                raise Terminal(
                    f"数据湖的数据文件已损坏（{cause}）",
                    f"a data file of the lake is damaged ({cause})",
                    "saima audit 指明是哪个；从备份取回，或 saima rebuild / names it; restore it from a backup, or saima rebuild",
                ) from cause
            except Exception as cause:
                if type(cause).__name__ != "CommitFailedException":
                    raise
                raise Transient(
                    f"数据湖同时被他人写入（{cause}）",
                    f"the lake was written by somebody else ({cause})",
                    "重试 / try again",
                ) from cause

    return run
