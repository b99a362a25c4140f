"""Projects that another unit reports from a month on (项目划转, 区划调整, a unit's new code): a project keeps its code for its whole
life (GB/T 40058), so its frozen plan goes with it, as its base does (domain_decisions §2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from ..model.amount_arrays import Flags, Ints
from ..model.text_arrays import text_codes

KEY = ("unit_code", "project_code")


class UnitProjects:
    """(unit, project) of the rows of several tables as numbers of one list. `rows`: the numbers of each table's rows."""

    def __init__(self, *tables: pa.Table) -> None:
        (units, self._units), (projects, self._projects) = (
            text_codes(*(table[name] for table in tables)) for name in KEY
        )
        pairs = pa.array(units * (int(projects.max(initial=0)) + 1) + projects).dictionary_encode()
        first = np.full(len(pairs.dictionary), -1, np.int64)
        numbers = np.asarray(pairs.indices.to_numpy(zero_copy_only=False), np.int64)
        first[numbers[::-1]] = np.arange(len(numbers))[::-1]
        self.count = len(first)
        self._unit, self._project = units[first], projects[first]
        named = np.array([bool(text) for text in self._projects], bool)
        self.shared: Flags = named[self._project] & (np.bincount(self._project)[self._project] > 1)
        """[pairs]: more than one unit named the project."""
        self.rows: list[Ints] = np.split(numbers, np.cumsum([table.num_rows for table in tables])[:-1])

    def names(self) -> list[tuple[str, str]]:
        """(unit code, project code) of each pair, as the rows have them."""
        units, projects = np.array(self._units, object), np.array(self._projects, object)
        return list(zip(units[self._unit].tolist(), projects[self._project].tolist(), strict=True))

    def left_behind(self, now: Ints, before: Sequence[Ints], planned: Ints) -> dict[int, list[int]]:
        """Pair → the pairs of units that named its project earlier and whose plan goes on with it. `now`: the pairs that the returns of
        a month name; `before`: those of each month before it; `planned`: those of the plans by month.

        A project goes over where a single unit names it now. What two units report side by side has two plans, and goes on having
        them while one of the two sends nothing.
        """
        if not self.shared.any():
            return {}
        named, *told_in = (self._of_shared(np.unique(pairs)) for pairs in (now, *before, planned))
        sending = set(self._unit[now].tolist())
        found: dict[int, list[int]] = {}
        for project, owners in named.items():
            if len(owners) > 1:
                continue
            owner = owners[0]
            told = [month.get(project, ()) for month in told_in]
            beside = {pair for pairs in told[:-1] if owner in pairs for pair in pairs}
            left = sorted(
                pair
                for pair in {pair for pairs in told for pair in pairs} - {owner}
                if pair not in beside or int(self._unit[pair]) in sending
            )
            if left:
                found[owner] = left
        return found

    def _of_shared(self, pairs: Ints) -> Mapping[int, Sequence[int]]:
        """Project → its pairs among those given, of the projects that more than one unit named."""
        of = pairs[self.shared[pairs]]
        found: dict[int, list[int]] = defaultdict(list)
        for pair, project in zip(of.tolist(), self._project[of].tolist(), strict=True):
            found[project].append(pair)
        return found
