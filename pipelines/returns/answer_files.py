"""What is written beside an answered file: receipt for people, receipt for programs, and the workbook where one goes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .receipt import receipt_json, receipt_text
from .verdict import Returning
from .verdict_book import verdict_book

ENDINGS = (".receipt.txt", ".receipt.json", ".verdict.xlsx")
"""What is appended to the answered file's name."""


@dataclass(frozen=True)
class AnswerFiles:
    """Contents; `book` is empty where no workbook goes back."""

    text: bytes
    json: bytes
    book: bytes

    def by_ending(self) -> Iterator[tuple[str, bytes]]:
        """Ending → content; empty: no such file."""
        yield from zip(ENDINGS, (self.text, self.json, self.book), strict=True)


def answer_files(returning: Returning, with_book: bool) -> AnswerFiles:
    """The same bytes whenever and wherever it is asked for."""
    return AnswerFiles(
        receipt_text(returning).encode(),
        receipt_json(returning).encode(),
        verdict_book(returning) if with_book else b"",
    )
