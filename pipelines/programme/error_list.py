"""Everything wrong in a programme folder, collected in one run: a person who edits six files wants six errors, not one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..errors import ConfigError, ConfigErrors

Made = TypeVar("Made")


class ErrorList:
    """Errors of a folder in the order in which its files are read."""

    def __init__(self) -> None:
        self.errors: list[ConfigError] = []
        self._said: set[tuple[str, int | None, str]] = set()

    def add(self, error: ConfigError) -> None:
        """One more; the same words about the same line are said once."""
        key = (error.file, error.line, error.said_en)
        if key not in self._said:
            self._said.add(key)
            self.errors.append(error)

    def extend(self, errors: list[ConfigError]) -> None:
        for error in errors:
            self.add(error)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What a block raises as ConfigError is one of the list and the run goes on."""
        try:
            yield
        except ConfigErrors as found:
            self.extend(list(found.errors))
        except ConfigError as found:
            self.add(found)

    def attempt(self, make: Callable[[], Made]) -> Made | None:
        """What `make` returns; None where it raised a ConfigError, which is kept."""
        made: list[Made] = []
        with self.kept():
            made.append(make())
        return made[0] if made else None

    def raise_any(self) -> None:
        """ConfigError where there is one error, ConfigErrors where there are several; nothing where there is none."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise ConfigErrors(tuple(self.errors))
