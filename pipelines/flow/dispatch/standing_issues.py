"""Issues that stand in a month: what its logs say, and what stood open where a unit sends none. An issue is not closed by silence."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ...model.loading import SubmissionRow
from ...model.periods import Period
from .accepted_returns import AcceptedReturns

LOG = "issue_log"


def standing_issues(returns: AcceptedReturns, period: Period, months: int) -> pa.Table | None:
    """Rows of the month's logs; of a unit without one the open issues of its newest log of so many months before, but for those that
    another unit has taken over. None where no unit sent any."""
    sent = returns.between(LOG, str(period.shift(-months)), str(period))
    own = [row for row in sent if row.period == str(period)]
    heard = {row.unit_code for row in own}
    newest: dict[str, SubmissionRow] = {}
    for row in sent:
        if row.unit_code not in heard and row.period >= newest.get(row.unit_code, row).period:
            newest[row.unit_code] = row
    rows, earlier = returns.rows(LOG, own), returns.rows(LOG, list(newest.values()))
    if earlier is None:
        return rows
    still_open = earlier.filter(pc.is_null(earlier["closed_on"]))
    if rows is None:
        return still_open
    told = set(zip(rows["issue_no"].to_pylist(), rows["project_code"].to_pylist(), strict=True))
    pairs = zip(still_open["issue_no"].to_pylist(), still_open["project_code"].to_pylist(), strict=True)
    return pa.concat_tables([rows, still_open.filter(pa.array([pair not in told for pair in pairs], pa.bool_()))])
