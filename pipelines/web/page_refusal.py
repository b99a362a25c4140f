"""A request that gets no page: the status of the answer, and what the person is told, in words of ours."""

from __future__ import annotations

from collections.abc import Mapping


class PageRefusal(Exception):
    """`zh` and `en` say what is wrong, `remedy` what to do; `headers` go with the answer."""

    def __init__(
        self, status: int, zh: str, en: str, remedy: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(en)
        self.status = status
        self.zh = zh
        self.en = en
        self.remedy = remedy
        self.headers = headers
