"""What is known of a file before it is opened: its sidecar, the account it came by, the folder it lay in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipelines.flow.records.read_submissions import options_of
from pipelines.flow.runtime.context import load_programme
from pipelines.model.programme import Source
from pipelines.model.submissions import Receipt

NOON = datetime(2022, 7, 8, 4, tzinfo=UTC)


def receipt(name: str, source: str = "inbox", **manifest: str) -> Receipt:
    return Receipt("0" * 64, source, name, NOON, NOON, 1, manifest)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("330481/6月.xlsx", "330481"),
        ("海宁市/6月.xlsx", "330481"),
        ("330481_海宁市/6月.xlsx", "330481"),
        ("330481 海宁/2022-06/6月.xlsx", "330481"),
        ("嘉兴市/海宁市/6月.xlsx", "330481"),
        ("嘉兴市/6月.xlsx", "330400"),
        ("桐乡海宁/6月.xlsx", None),
        ("330481-330483/6月.xlsx", None),
        ("2022-06/海宁市6月.xlsx", None),
        ("海宁市6月.xlsx", None),
    ],
)
def test_the_folder(name: str, unit: str | None) -> None:
    assert options_of(receipt(name), load_programme("jiaxing")).folder == unit


def test_the_account() -> None:
    own = Source("haining", "sftp", "sftp://files.example.org/haining", {"unit": "330481"})
    programme = replace(load_programme("jiaxing"), sources=(own,))
    known = options_of(receipt("a.xlsx", "haining", period="2022-06"), programme)
    assert (known.account, known.folder, known.manifest) == ("330481", None, {"period": "2022-06"})
    assert options_of(receipt("a.xlsx", "folder:/tmp/x"), programme).account is None
