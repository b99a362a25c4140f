"""Work of many requests done as one: what one flush and one transaction can hold together costs what one of them costs alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


@dataclass
class _Asked(Generic[Item, Done]):
    item: Item
    done: list[Done] = field(default_factory=list)
    error: BaseException | None = None
    ended: bool = False


class GroupCommit(Generic[Item, Done]):
    """Whoever comes while nobody works does all that waits; the others wait for their part. `work` takes items and gives one result
    for each, in order; where it fails, it fails for all of them."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Done]]) -> None:
        self._work = work
        self._waiting: list[_Asked[Item, Done]] = []
        self._listing = threading.Lock()
        self._turn = threading.Lock()

    def do(self, item: Item) -> Done:
        """The result for this item, once it is done with whatever else waited."""
        asked: _Asked[Item, Done] = _Asked(item)
        with self._listing:
            self._waiting.append(asked)
        with self._turn:
            if not asked.ended:
                with self._listing:
                    group, self._waiting = self._waiting, []
                self._do(group)
        if asked.error is not None:
            raise asked.error
        return asked.done[0]

    def _do(self, group: Sequence[_Asked[Item, Done]]) -> None:
        try:
            for asked, result in zip(group, self._work([one.item for one in group]), strict=True):
                asked.done.append(result)
        except BaseException as error:
            for asked in group:
                asked.error = error
        finally:
            for asked in group:
                asked.ended = True
