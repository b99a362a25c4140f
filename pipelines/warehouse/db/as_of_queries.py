"""The question "as of an instant" for SQLite, which has no functions of its own: statements with two parameters over the views.

They say what the functions of PostgreSQL (`view_register.FUNCTIONS`) say; a test compares both with the program.
"""

from __future__ import annotations

from collections.abc import Mapping

_ASKED = "asked AS (SELECT :period AS period, strftime('%Y-%m-%dT%H:%M:%f', :instant) || '000+00:00' AS instant)"
"""Instants are stored as text in UTC; what is asked may carry any offset, to the millisecond."""

_VERSIONS = f"""{_ASKED},
there AS (
  SELECT s.*, b.returned_at IS NOT NULL AS sent_back,
    row_number() OVER (PARTITION BY s.unit_code, s.form ORDER BY s.arrived_at, s.seen_at, s.file_name, s.receipt_id) AS place
  FROM asked CROSS JOIN bureau_submissions AS s
  LEFT JOIN bureau_returns AS b ON b.submission_id = s.submission_id AND b.returned_at <= asked.instant
  WHERE s.period = asked.period AND s.arrived_at <= asked.instant
), bounds AS (
  SELECT unit_code, form, max(CASE WHEN sent_back THEN place END) AS last_return,
    min(CASE WHEN revision THEN arrived_at END) AS freeze
  FROM there GROUP BY unit_code, form
), counting AS (
  SELECT t.unit_code, t.form, max(t.place) AS place
  FROM there AS t JOIN bounds AS b USING (unit_code, form)
  WHERE t.verdict IN ('accepted', 'accepted_with_queries') AND t.place > coalesce(b.last_return, 0)
    AND (b.freeze IS NULL OR t.arrived_at < b.freeze) GROUP BY t.unit_code, t.form
), versions AS (
  SELECT t.submission_id, t.unit_code, t.period, t.form, t.version, t.place IS c.place AS current,
    CASE WHEN t.place < c.place THEN 'superseded'
      WHEN t.place = b.last_return THEN 'returned'
      WHEN t.place < b.last_return THEN 'superseded' ELSE t.verdict END AS state,
    t.revision, t.verdict, t.received, t.accepted, t.quarantined, t.not_data, t.errors, t.queries, t.open_queries,
    t.rules_version, t.programme_version, t.judged_at, t.arrived_at, t.seen_at, t.file_name, t.source, t.sha256,
    t.receipt_id, t.verdict_id
  FROM there AS t JOIN bounds AS b USING (unit_code, form) LEFT JOIN counting AS c USING (unit_code, form)
)"""

SQLITE_QUERIES: Mapping[str, str] = {
    "submissions_as_of": f"WITH {_VERSIONS}\nSELECT * FROM versions ORDER BY form, unit_code, arrived_at, seen_at, file_name",
    "rankings_as_of": f"""WITH {_ASKED}
SELECT * FROM bureau_rankings WHERE edition_id = (
  SELECT e.edition_id FROM bureau_editions AS e CROSS JOIN asked
  WHERE e.period = asked.period AND e.published_at <= asked.instant ORDER BY e.number DESC LIMIT 1)
ORDER BY rank, unit_code""",
    "findings_as_of": f"""WITH {_VERSIONS}
SELECT f.submission_id, f.unit_code, f.period, f.form, f.version, s.current, f.rule, f.severity, f.found, f.answered
FROM versions AS s JOIN bureau_findings AS f ON f.submission_id = s.submission_id""",
}
"""Name → statement; `:period` as 2022-06, `:instant` as 2022-07-12T09:00+08:00."""


def query_as_of(name: str, sqlite: bool) -> str:
    """The statement of this name for a client of the database: sqlite3 (`.parameter set`), or psql (`\\set`)."""
    return SQLITE_QUERIES[name] if sqlite else f"SELECT * FROM bureau.{name}(:'period', :'instant')"
