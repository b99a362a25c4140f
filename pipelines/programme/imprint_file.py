"""publication.toml: what a publication says of itself beside its signatures (L40). Printed for everybody: no name stands here that may
not be public. It decides no verdict, so it is no part of the programme's version."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from ..model.publication import NO_IMPRINT, Imprint
from .alerting import MAILBOX
from .error_list import ErrorList
from .file_types import Key, Strict
from .toml_lines import read_model
from .value_errors import BadValue

FILE = "publication.toml"
_LONGEST = 120
_NUMBER = re.compile(r"\A\+?[0-9(（][0-9 ()（）-]{2,24}(?:(?:转| ext\. ?)[0-9]{1,6})?\Z", re.ASCII)


def _printed(text: str) -> str:
    """One line of a page, a cell or a header."""
    if not text.strip() or len(text) > _LONGEST or not text.isprintable():
        raise BadValue(
            f"{text[:_LONGEST]!r} 应为一行文字，1 至 {_LONGEST} 字",
            f"{text[:_LONGEST]!r} is not one line of 1 to {_LONGEST} characters",
        )
    return text.strip()


def _mail(text: str) -> str:
    if not MAILBOX.match(text):
        raise BadValue(f"{text!r} 不是邮箱", f"{text!r} is not a mailbox", ("tongji@example.invalid",))
    return text


def _hotline(text: str) -> str:
    if not _NUMBER.match(text):
        raise BadValue(f"{text!r} 不是电话号码", f"{text!r} is not a telephone number", ("0573-82000000", "12340"))
    return text


Printed = Annotated[str, AfterValidator(_printed)]


class ImprintFile(Strict):
    """publication.toml; whatever is left out is not printed. Who edits, reviews and approves an edition signs it besides
    (`signatures` of method.toml)."""

    source: Annotated[Printed | None, Key("来源", "where the figures come from", '"嘉兴市统计局"')] = None
    source_en: Annotated[Printed | None, Key("来源的英文", "the source in English", '"Jiaxing bureau"')] = None
    author: Annotated[Printed | None, Key("撰稿", "who writes it", '"投资统计科"')] = None
    co_authors: Annotated[tuple[Printed, ...], Key("通讯员", "who contributes to it", '["各县（市、区）统计局"]')] = ()
    editor: Annotated[Printed | None, Key("责编", "who edits it", '"综合科"')] = None
    mail: Annotated[
        Annotated[str, AfterValidator(_mail)] | None, Key("联系邮箱", "mailbox for readers", '"tongji@example.invalid"')
    ] = None
    hotline: Annotated[
        Annotated[str, AfterValidator(_hotline)] | None, Key("热线电话", "telephone for readers", '"0573-82000000"')
    ] = None


def load_imprint(path: Path, errors: ErrorList) -> Imprint:
    """The imprint of the folder; nothing where it has no such file."""
    if not path.exists():
        return NO_IMPRINT
    said, _ = read_model(path, ImprintFile, errors)
    return Imprint(**{key: value for key, value in said if value}) if said else NO_IMPRINT
