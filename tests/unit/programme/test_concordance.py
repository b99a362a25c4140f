"""concordance.csv: whose figures a unit continues; what is wrong in it names its line."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.model.concordance import Concordance, Succession, is_split, joined, members_of
from pipelines.model.periods import Period
from pipelines.programme.folder import find
from pipelines.programme.load_programme import load
from pipelines.reference.codes import code_lists
from pipelines.reference.workdays import chinese_workdays

HEAD = "old_code,new_code,valid_from,share,basis\n"
APRIL = Period(2021, 4)
HANGZHOU = Concordance(
    (
        Succession("330103", "330105", APRIL),  # 下城 → 拱墅
        Succession("330105", "330105", APRIL),
        Succession("330104", "330102", APRIL, Decimal("0.7")),  # 江干 → 上城, 钱塘
        Succession("330104", "330114", APRIL, Decimal("0.3")),
        Succession("330102", "330102", APRIL),
        Succession("330110", "330110", APRIL, Decimal("0.55")),  # 余杭 → 余杭, 临平
        Succession("330110", "330113", APRIL, Decimal("0.45")),
    )
)


@pytest.mark.parametrize(
    ("unit", "then", "expected"),
    [
        ("330105", Period(2021, 3), {"330103": "1", "330105": "1"}),
        ("330102", Period(2020, 12), {"330102": "1", "330104": "0.7"}),
        ("330114", Period(2021, 3), {"330104": "0.3"}),
        ("330113", Period(2021, 3), {"330110": "0.45"}),
        ("330110", Period(2021, 3), {"330110": "0.55"}),
        ("330110", Period(2021, 4), {"330110": "1"}),
        ("330106", Period(2021, 3), {"330106": "1"}),
    ],
)
def test_hangzhou_2021(unit: str, then: Period, expected: dict[str, str]) -> None:
    found = HANGZHOU.sources(unit, then, Period(2021, 6))
    assert dict(found) == {code: Decimal(share) for code, share in expected.items()}


def test_changes_follow_one_another() -> None:
    twice = Concordance((*HANGZHOU.rows, Succession("330113", "330199", Period(2022, 1), Decimal("0.5"))))
    assert dict(twice.sources("330199", Period(2021, 3), Period(2022, 2))) == {"330110": Decimal("0.225")}
    assert dict(twice.sources("330199", Period(2021, 6), Period(2022, 2))) == {"330113": Decimal("0.5")}
    assert twice.ancestors("330199") == {"330199", "330113", "330110"}


def test_names_of_several_submissions_are_read_back() -> None:
    assert joined((("s1", Decimal(1)),)) == "s1" and not is_split("s1") and not is_split(None)
    name = joined((("s2", Decimal("0.40")), ("s1", Decimal(1))))
    assert name == "s1+s2*0.4" and is_split(name)
    assert members_of(name) == (("s1", Decimal(1)), ("s2", Decimal("0.4")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(find("jiaxing"), tmp_path / "jiaxing"))
    for name in ("contacts.csv", "channels.toml"):  # nobody is written to
        (copy / name).unlink()
    units = (copy / "units.csv").read_text(encoding="utf-8-sig").splitlines()
    header = units[0].split(",")
    new = {"code": "330499", "name": "新区", "kind": "county", "valid_from": "2022-04", "official": "false"}
    (copy / "units.csv").write_text(
        "\n".join([*units, ",".join(new.get(name, "") for name in header)]) + "\n", encoding="utf-8"
    )
    return copy


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        ("330481,330499,2022-04,0.4,文\n", 2, "sum to 0.4, not 1"),
        ("330481,330499,2022-04,0.4,文\n330481,330481,2022-04,0.7,文\n", 3, "sum to 1.1, not 1"),
        ("330481,330499,2022-04,1,文\n", 2, "still valid"),
        ("339999,330499,2022-04,1,文\n", 2, "no unit 339999"),
        ("330481,330499,2022-03,0.4,文\n330481,330481,2022-03,0.6,文\n", 2, "not valid"),
        ("330481,330499,2022-04,0,文\n", 2, "share"),
        ("330481,330499,2022-04,1.5,文\n", 2, "share"),
        ("330481,330499,2022-04,1,\n", 2, "basis"),
        ("330481,330499,2022-04,0.5,文\n330481,330499,2022-04,0.5,文\n", 3, "given twice"),
    ],
)
def test_what_is_wrong_names_its_line(folder: Path, rows: str, line: int, said: str) -> None:
    (folder / "concordance.csv").write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as raised:
        load(folder, chinese_workdays(), code_lists())
    assert raised.value.file.endswith("concordance.csv") and raised.value.line == line


def test_a_right_one_is_part_of_the_programme(folder: Path) -> None:
    before = load(folder, chinese_workdays(), code_lists()).version
    (folder / "concordance.csv").write_text(
        HEAD + "330481,330499,2022-04,0.4,浙政函〔2022〕1 号\n330481,330481,2022-04,0.6,浙政函〔2022〕1 号\n",
        encoding="utf-8",
    )
    programme = load(folder, chinese_workdays(), code_lists())
    assert programme.version != before, "it decides verdicts"
    assert dict(programme.concordance.sources("330499", Period(2022, 3), Period(2022, 4))) == {"330481": Decimal("0.4")}
