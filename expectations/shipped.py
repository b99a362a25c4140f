"""The suites on disk, for users of Great Expectations who have this package and nothing else of Saima.

`suites/<form>.json` is what Great Expectations itself writes; `frames/<form>.parquet` is a small simulated check frame,
`frames/<form>.schema.json` its Table Schema. Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import great_expectations as gx
    import pandas as pd

SUITES = Path(__file__).parent / "suites"
FRAMES = Path(__file__).parent / "frames"


class SuiteRefused(Exception):
    """A suite that must not be used: not shipped, incomplete, or asked for a list it does not have."""


class SuiteEdited(UserWarning):
    """The suite's file is not the one that was shipped."""


def manifest() -> dict[str, Any]:
    """Version of the rules, and of every suite its number of expectations, checksum and what its sample frame shows."""
    found: dict[str, Any] = json.loads((SUITES / "manifest.json").read_text(encoding="utf-8"))
    return found


def names() -> tuple[str, ...]:
    """Names of the suites, one a form."""
    return tuple(manifest()["suites"])


def load(name: str, lists: Mapping[str, Sequence[str]] | None = None) -> gx.ExpectationSuite:
    """The suite, with the custom expectations registered.

    `lists` replaces lists of allowed values by their name (such as `areas`, the units of another city). Raises SuiteRefused
    where the name or a list is unknown, or where the file holds fewer expectations than the manifest says; warns SuiteEdited
    where it is not the shipped one (thresholds may be edited, expectations may not go missing).
    """
    known = _known(name)
    content = (SUITES / f"{name}.json").read_bytes()
    stored = json.loads(content)
    expectations = stored["expectations"]
    missing = sorted(set(known["checks"]) - {item["meta"].get("id") for item in expectations})
    if missing or len(expectations) < known["expectations"]:
        raise SuiteRefused(
            f"{name}.json 有 {len(expectations)} 条，清单为 {known['expectations']} 条，缺 / holds {len(expectations)} expectations "
            f"where the manifest has {known['expectations']}; missing: {', '.join(missing) or '?'}. 请重新安装 / install it again"
        )
    if sha256(content).hexdigest() != known["sha256"]:
        warnings.warn(f"{name}.json 不是发布的文件 / is not the file that was shipped", SuiteEdited, stacklevel=2)
    _replace(name, expectations, lists or {})
    return _suite(stored)


def _known(name: str) -> dict[str, Any]:
    suites: dict[str, dict[str, Any]] = manifest()["suites"]
    if name not in suites:
        raise SuiteRefused(f"没有规则套 {name!r}，可用 / there is no suite {name!r}, but {', '.join(suites)}")
    return suites[name]


def _replace(name: str, expectations: Sequence[dict[str, Any]], lists: Mapping[str, Sequence[str]]) -> None:
    places: dict[str, list[tuple[dict[str, Any], str]]] = {}
    for item in expectations:
        for argument, known_as in item["meta"].get("lists", {}).items():
            places.setdefault(known_as, []).append((item["kwargs"], argument))
    for known_as, values in lists.items():
        if known_as not in places or not values:
            raise SuiteRefused(
                f"{name} 没有可替换的代码表 {known_as!r}（不能为空），可用 / {name} has no list {known_as!r} to replace (by at least "
                f"one value), but {', '.join(sorted(places)) or '—'}"
            )
        for kwargs, argument in places[known_as]:
            kwargs[argument] = list(values)


def _suite(stored: dict[str, Any]) -> gx.ExpectationSuite:
    import great_expectations as gx

    from . import custom as _registers_the_custom_expectations  # noqa: F401

    return gx.ExpectationSuite(**stored)


def sample_frame(name: str) -> pd.DataFrame:
    """The sample check frame: one failing and one passing row a check, simulated; column `example` says which. Needs pyarrow."""
    import pandas as pd

    _known(name)
    return pd.read_parquet(FRAMES / f"{name}.parquet", engine="pyarrow")


def table_schema(name: str) -> dict[str, Any]:
    """Table Schema of the check frame the suite looks at: name, type, title, description of every column."""
    _known(name)
    found: dict[str, Any] = json.loads((FRAMES / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def wrong_columns(frame: pd.DataFrame, schema: Mapping[str, Any]) -> dict[str, str]:
    """Column → what is wrong with it, by the Table Schema: missing, or of another type. Ask before validating: under pandas 3
    the type expectations of Great Expectations pass object columns, and comparisons of texts look like results."""
    from .frame_types import mistyped

    types = {field["name"]: field["type"] for field in schema["fields"]}
    found = {column: "没有该列 / the column is missing" for column in types if column not in frame}
    return {**found, **mistyped(frame, types)}
