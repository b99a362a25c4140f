"""Code lists: complete where they claim to be, and in step with the model."""

from __future__ import annotations

from itertools import groupby

from pipelines.model.fields import CORRECTION_CODES
from pipelines.reference.codes import DIVISION, code_lists


def test_manufacturing_is_complete() -> None:
    codes = code_lists()
    assert list(codes.lists[DIVISION]) == [f"{n}" for n in range(13, 44)]
    assert len(codes.industries) == 609
    assert len({code[:3] for code in codes.industries}) == 179
    assert {code[:2] for code in codes.industries} == set(codes.lists[DIVISION])


def test_an_undivided_group_has_one_class_ending_in_zero_and_a_divided_one_none() -> None:
    looked_at = 0
    for group, members in groupby(sorted(code_lists().industries), key=lambda code: code[:3]):
        looked_at += 1
        last = [code[3] for code in members]
        assert (last == ["0"]) == ("0" in last), group
        assert last == ["0"] or len(last) > 1, group
    assert looked_at, "nothing was looked at"


def test_known_classes() -> None:
    industries = code_lists().industries
    assert industries["3825"] == "光伏设备及元器件制造"
    assert industries["3973"] == "集成电路制造"
    assert industries["2519"] == "其他原油制造"
    assert "4411" not in industries, "power generation is industry, not manufacturing"
    assert "1331" in industries
    assert "1330" not in industries


def test_lists_of_the_form() -> None:
    lists = code_lists().lists
    assert lists["nature"]["3"] == "改建和技术改造"
    assert set(lists["status"].values()) == {"筹建", "在建", "全部投产", "全部停缓建", "单纯购置"}
    assert lists["holding"]["9"] == "其他"
    assert {"中央", "其他"} <= set(lists["affiliation"].values())
    assert lists["reg_type"]["173"] == "私营有限责任公司"
    assert tuple(lists["correction_code"]) == CORRECTION_CODES
    for name, codes in lists.items():
        assert all(code and text == text.strip() for code, text in codes.items()), name
