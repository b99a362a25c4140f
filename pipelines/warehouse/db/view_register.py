"""The views that people query: what each is over, and what its columns mean. A declarative register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.model.fields import FIELDS, FieldType
from pipelines.model.tables import LakeTable, TableRegister

from .column_meanings import meaning_of
from .dispatch_views import DISPATCH_VIEWS
from .views import Kind, View, ViewColumn, ViewFunction

_KINDS: dict[FieldType, Kind] = {
    "code": "text",
    "text": "text",
    "json": "json",
    "month": "text",
    "period": "text",
    "amount": "amount",
    "quantity": "amount",
    "rate": "rate",
    "integer": "integer",
    "date": "date",
    "timestamp": "instant",
    "flag": "flag",
}
_LEFT_OUT = ("load_id", "row_status")
_MEASURE = "measure"
"""Unit of amounts of the ranking: the measure of the form （Jiaxing 万元）."""


def views(register: TableRegister) -> list[View]:
    """All views of a home: one a form, those over the ledger, and one a dispatch table."""
    return [*(_form(form, register.fact(form)) for form in register.forms), *LEDGER_VIEWS, *DISPATCH_VIEWS]


def _form(form: str, facts: LakeTable) -> View:
    """Accepted rows of the current submission of every unit and period."""
    head = ("submission_id", "period", "unit_code")
    names = [n for n in facts.columns if n not in (*head, *_LEFT_OUT)]
    columns = [
        *(_field(name, "rows") for name in head),
        _field("version", "pointer"),
        _field("arrived_at", "pointer"),
        *(_field(name, "rows") for name in names),
    ]
    return View(
        form,
        f"{form} 现行数据：每单位每期只有现行版本的采用行",
        f"current rows of {form}: accepted rows of the version that counts, one version a unit and period",
        tuple(columns),
        f'"current_{form}" AS rows JOIN current_submission AS pointer ON pointer.submission_id = rows.submission_id',
    )


def _field(name: str, source: str) -> ViewColumn:
    field = FIELDS[name]
    return ViewColumn(name, f'{source}."{name}"', _KINDS[field.type], field.zh, field.en, field.unit)


def _of(source: str, *names: str, kind: Kind = "text") -> Iterable[ViewColumn]:
    """Columns as they stand, explained as in the tables."""
    return (ViewColumn(name, f"{source}.{name}", kind, *meaning_of(name)) for name in names)


def _is_current(alias: str) -> ViewColumn:
    expression = f"(EXISTS (SELECT 1 FROM current_submission AS c WHERE c.submission_id = {alias}.submission_id))"
    return ViewColumn("current", expression, "flag", "是否现行版本", "whether this version counts")


def _latest_edition(alias: str) -> ViewColumn:
    expression = (
        f"({alias}.number = (SELECT MAX(n.number) FROM edition AS n "
        f"WHERE n.period = {alias}.period AND n.state <> 'superseded'))"
    )
    return ViewColumn(
        "latest", expression, "flag", "是否该期最新版次", "whether it is the newest edition of its period"
    )


_VERSION = (
    "submission AS s JOIN receipt AS r ON r.receipt_id = s.receipt_id JOIN verdict AS v ON v.verdict_id = s.verdict_id"
)
_RANKED = "edition_unit AS u JOIN edition AS e ON e.edition_id = u.edition_id"
_EDITION = (
    *_of("e", "edition_id", "period"),
    *_of("e", "number", kind="integer"),
    ViewColumn("edition_state", "e.state", "text", "版次状态", "draft, published or superseded"),
    _latest_edition("e"),
)
_UNIT = (*_of("u", "unit_code"), ViewColumn("unit_name", "u.name", "text", "单位名称", "name of the unit"))
_AMOUNTS = (("ytd", "本年累计", "cumulative from January"), ("base", "可比基数", "comparable base of last year"))

LEDGER_VIEWS: Sequence[View] = (
    View(
        "submissions",
        "报送版本：每个版本一行，含审核结论与行数",
        "every version of every return with its verdict and counts",
        (
            *_of("s", "submission_id", "unit_code", "period", "form"),
            *_of("s", "version", kind="integer"),
            _is_current("s"),
            *_of("s", "state"),
            *_of("s", "revision", kind="flag"),
            ViewColumn("verdict", "v.word", "text", *meaning_of("word")),
            *_of("v", "received", "accepted", "quarantined", "not_data", kind="integer"),
            *_of("v", "errors", "queries", "open_queries", kind="integer"),
            *_of("v", "rules_version", "programme_version"),
            *_of("v", "judged_at", kind="instant"),
            *_of("r", "arrived_at", "seen_at", kind="instant"),
            ViewColumn("file_name", "r.name", "text", "文件名", "name of the file as sent"),
            *_of("r", "source", "sha256", "receipt_id"),
            ViewColumn("verdict_id", "s.verdict_id", "text", *meaning_of("verdict_id")),
        ),
        _VERSION,
    ),
    View(
        "returns",
        "退回与撤回",
        "versions sent back by the bureau or taken back by the county",
        (
            *_of("b", "submission_id"),
            *_of("s", "unit_code", "period", "form"),
            *_of("s", "version", kind="integer"),
            *_of("b", "reason"),
            *_of("b", "deadline", "returned_at", kind="instant"),
            *_of("b", "returned_by"),
            *_of("b", "withdrawn", kind="flag"),
        ),
        "submission_return AS b JOIN submission AS s ON s.submission_id = b.submission_id",
    ),
    View(
        "findings",
        "现行结论的审核发现：每版本每规则一行（逐行明细在数据湖 findings 与交付目录）",
        "findings of the verdicts that hold, counted by version and rule (row by row: lake table findings, and deliveries)",
        (
            *_of("s", "submission_id", "unit_code", "period", "form"),
            *_of("s", "version", kind="integer"),
            _is_current("s"),
            *_of("f", "rule", "severity"),
            *_of("f", "found", "answered", kind="integer"),
        ),
        "submission AS s JOIN finding_summary AS f ON f.verdict_id = s.verdict_id",
    ),
    View(
        "period_findings",
        "最近一次关账的跨单位审核发现",
        "findings of the rules across units at the newest closing of each period",
        (
            *_of("p", "period", "unit_code", "rule", "severity", "field", "value", "message_zh", "message_en"),
            *_of("p", "level", kind="integer"),
            *_of("m", "closed_at", kind="instant"),
        ),
        "period_finding AS p JOIN month_close AS m ON m.period = p.period AND m.inputs_hash = p.inputs_hash "
        "WHERE m.ordinal = (SELECT MAX(n.ordinal) FROM month_close AS n WHERE n.period = m.period)",
    ),
    View(
        "editions",
        "版次与签发哈希",
        "editions with what was signed",
        (
            *_EDITION,
            *_of("e", "method", "content_hash", "manifest_hash", "inputs_hash"),
            *_of("e", "created_at", "published_at", kind="instant"),
        ),
        "edition AS e",
    ),
    View(
        "rankings",
        "排名：每版次每单位一行",
        "rankings: one row an edition and unit",
        (
            *_EDITION,
            *_UNIT,
            *_of("u", "rank", kind="integer"),
            *_of("u", "score"),
            *(ViewColumn(name, f"u.{name}", "amount", zh, en, _MEASURE) for name, zh, en in _AMOUNTS),
            *_of("u", "growth", "growth_official", kind="rate"),
            *_of("u", "deductions", "remarks", kind="json"),
            *_of("e", "published_at", kind="instant"),
        ),
        _RANKED,
    ),
    View(
        "indicators",
        "指标：每版次每单位每指标一行",
        "indicators behind the ranking: one row an edition, unit and indicator",
        (
            *_EDITION,
            *_UNIT,
            ViewColumn("indicator", "i.key", "text", "指标", "indicator of the method"),
            ViewColumn(
                "value",
                "i.value ->> 'value'",
                "text",
                "计分值",
                "the value that was scored, a decimal; null: not applicable",
            ),
            ViewColumn(
                "points",
                "i.value ->> 'points'",
                "text",
                "得分",
                "points of the indicator, 40–100; null: not applicable",
            ),
            ViewColumn("weight", "i.value ->> 'weight'", "text", "权重", "weight after spreading", "%"),
        ),
        f"{_RANKED} CROSS JOIN LATERAL jsonb_each(u.points::jsonb) AS i",
        f"{_RANKED} JOIN json_each(u.points) AS i",
    ),
    View(
        "late_record",
        "迟报记录：每单位每期每报表首次到达与时限",
        "when each return first arrived, against the deadline that held (the last one announced)",
        (
            *_of("a", "unit_code", "period", "form"),
            *_of("d", "county_due", kind="instant"),
            ViewColumn(
                "first_arrived_at", "a.first_arrived_at", "instant", "首次到达", "when the first version arrived"
            ),
            ViewColumn(
                "first_accepted_at",
                "a.first_accepted_at",
                "instant",
                "首次通过的版本到达",
                "when the first accepted version arrived",
            ),
            ViewColumn("versions", "a.versions", "integer", "版本数", "versions so far"),
            ViewColumn(
                "late",
                "(a.first_arrived_at > d.county_due)",
                "flag",
                "是否迟报",
                "arrived after the deadline; null: none announced",
            ),
        ),
        "(SELECT s.unit_code, s.period, s.form, MIN(r.arrived_at) AS first_arrived_at, COUNT(*) AS versions, "
        "MIN(CASE WHEN v.word IN ('accepted', 'accepted_with_queries') THEN r.arrived_at END) AS first_accepted_at "
        f"FROM {_VERSION} GROUP BY s.unit_code, s.period, s.form) AS a "
        "LEFT JOIN (SELECT form, period, county_due FROM deadline AS o WHERE ordinal = (SELECT MAX(n.ordinal) FROM deadline AS n "
        "WHERE n.form = o.form AND n.period = o.period)) AS d ON d.form = a.form AND d.period = a.period",
    ),
    View(
        "revisions",
        "修订：首次发布值与最新值",
        "revisions: the value first published against the latest one",
        (
            *_of("u", "unit_code"),
            ViewColumn("unit_name", "u.name", "text", "单位名称", "name of the unit"),
            *_of("e", "period"),
            ViewColumn("first_edition", "f.edition_id", "text", "首次发布版次", "edition first published"),
            ViewColumn("latest_edition", "e.edition_id", "text", "最新版次", "newest edition, a waiting draft too"),
            ViewColumn("ytd_first", "g.ytd", "amount", "首次发布的本年累计", "cumulative first published", _MEASURE),
            ViewColumn("ytd_latest", "u.ytd", "amount", "最新本年累计", "cumulative now", _MEASURE),
            ViewColumn("ytd_revision", "(u.ytd - g.ytd)", "amount", "修订额", "latest minus first", _MEASURE),
            ViewColumn("growth_first", "g.growth", "rate", "首次发布的增速", "growth first published"),
            ViewColumn("growth_latest", "u.growth", "rate", "最新增速", "growth now"),
            ViewColumn("rank_first", "g.rank", "integer", "首次发布的位次", "rank first published"),
            ViewColumn("rank_latest", "u.rank", "integer", "最新位次", "rank now"),
        ),
        "edition AS f JOIN edition AS e ON e.period = f.period "
        "JOIN edition_unit AS u ON u.edition_id = e.edition_id "
        "LEFT JOIN edition_unit AS g ON g.edition_id = f.edition_id AND g.unit_code = u.unit_code "
        "WHERE f.number = (SELECT MIN(n.number) FROM edition AS n WHERE n.period = f.period AND n.published_at IS NOT NULL) "
        "AND e.number = (SELECT MAX(n.number) FROM edition AS n WHERE n.period = e.period AND n.state <> 'superseded')",
    ),
    View(
        "signatures",
        "签发",
        "signatures under editions",
        (
            *_of("g", "edition_id", "role", "name", "decision", "content_hash"),
            *_of("g", "at", kind="instant"),
            *_of("g", "demonstration", kind="flag"),
        ),
        "sign_off AS g",
    ),
    View(
        "deliveries",
        "数据交付回执",
        "receipts of tables delivered to the bureau",
        (
            *_of("d", "delivery_id", "period", "destination", "delivered_by", "content_hash"),
            *_of("d", "as_of", "delivered_at", kind="instant"),
            *_of("d", "row_counts", "files", kind="json"),
        ),
        "data_delivery AS d",
    ),
)

_AS_OF = """CREATE OR REPLACE FUNCTION bureau.submissions_as_of(of_period text, instant timestamptz)
RETURNS SETOF bureau.submissions LANGUAGE sql STABLE AS $$
WITH there AS (
  SELECT s.*, b.returned_at IS NOT NULL AS sent_back,
    row_number() OVER (PARTITION BY s.unit_code, s.form ORDER BY s.arrived_at, s.seen_at, s.file_name COLLATE "C", s.receipt_id)
      AS place
  FROM bureau.submissions AS s
  LEFT JOIN bureau.returns AS b ON b.submission_id = s.submission_id AND b.returned_at <= instant
  WHERE s.period = of_period AND s.arrived_at <= instant
), bounds AS (
  SELECT unit_code, form, max(place) FILTER (WHERE sent_back) AS last_return,
    min(arrived_at) FILTER (WHERE revision) AS freeze
  FROM there GROUP BY unit_code, form
), counting AS (
  SELECT t.unit_code, t.form, max(t.place) AS place
  FROM there AS t JOIN bounds AS b USING (unit_code, form)
  WHERE t.verdict IN ('accepted', 'accepted_with_queries') AND t.place > coalesce(b.last_return, 0)
    AND t.arrived_at < coalesce(b.freeze, 'infinity') GROUP BY t.unit_code, t.form
)
SELECT t.submission_id, t.unit_code, t.period, t.form, t.version, t.place IS NOT DISTINCT FROM c.place,
  CASE WHEN t.place < c.place THEN 'superseded'
    WHEN t.place = b.last_return THEN 'returned'
    WHEN t.place < b.last_return THEN 'superseded' ELSE t.verdict END,
  t.revision, t.verdict, t.received, t.accepted, t.quarantined, t.not_data, t.errors, t.queries, t.open_queries,
  t.rules_version, t.programme_version, t.judged_at, t.arrived_at, t.seen_at, t.file_name, t.source, t.sha256,
  t.receipt_id, t.verdict_id
FROM there AS t JOIN bounds AS b USING (unit_code, form) LEFT JOIN counting AS c USING (unit_code, form)
ORDER BY t.form, t.unit_code, t.place
$$"""

_RANKED_AS_OF = """CREATE OR REPLACE FUNCTION bureau.rankings_as_of(of_period text, instant timestamptz)
RETURNS SETOF bureau.rankings LANGUAGE sql STABLE AS $$
SELECT * FROM bureau.rankings WHERE edition_id = (
  SELECT edition_id FROM bureau.editions WHERE period = of_period AND published_at <= instant ORDER BY number DESC LIMIT 1)
ORDER BY rank, unit_code
$$"""

_FINDINGS_AS_OF = """CREATE OR REPLACE FUNCTION bureau.findings_as_of(of_period text, instant timestamptz)
RETURNS SETOF bureau.findings LANGUAGE sql STABLE AS $$
SELECT f.submission_id, f.unit_code, f.period, f.form, f.version, s.current, f.rule, f.severity, f.found, f.answered
FROM bureau.submissions_as_of(of_period, instant) AS s JOIN bureau.findings AS f ON f.submission_id = s.submission_id
$$"""

FUNCTIONS: Sequence[ViewFunction] = (
    ViewFunction(
        "submissions_as_of",
        "某期在某时刻的报送版本：到达与退回均截至该时刻，状态与现行版本按当时判定",
        "versions of a period as of an instant: what had arrived and was sent back by then; state and current as they stood",
        _AS_OF,
    ),
    ViewFunction(
        "rankings_as_of",
        "某期在某时刻已发布的最新排名",
        "ranking of the newest edition of a period that was published by then",
        _RANKED_AS_OF,
    ),
    ViewFunction(
        "findings_as_of",
        "某期在某时刻各版本的审核发现",
        "findings of the versions of a period as of an instant",
        _FINDINGS_AS_OF,
    ),
)
