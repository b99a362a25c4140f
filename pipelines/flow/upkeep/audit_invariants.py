"""The invariants of the books (reference/faults.md §2.2) and the checks that each rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch

from ...model.json_documents import AuditInvariant
from ...model.loading import Check

INVARIANTS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "I1": (
        "每行有且只有一个去处：收到 = 采用 + 隔离 + 非数据",
        "every row ends in one place: received = accepted + quarantined + not data",
        ("conservation", "lake-raw-rows", "lake-accepted-rows", "lake-quarantined-rows"),
    ),
    "I2": (
        "每单位每期每表只有一个现行版本",
        "one current version a unit, period and form",
        ("current-pointer", "timeline", "resends", "lake-current-submissions", "current-facts-*"),
    ),
    "I3": (
        "有收件登记即有原始字节，哈希相符",
        "where there is a receipt there are its bytes, and they hash to it",
        ("archive", "receipts", "receipt-journal"),
    ),
    "I4": (
        "账簿与数据湖行数、发现数、快照一致",
        "ledger and lake agree in rows, findings and snapshots",
        (
            "lake-*",
            "finding-summary",
            "edition-tags",
            "logged-loads",
            "stages",
            "loads",
            "database-integrity",
            "database-schema",
            "period-inputs",
            "views",
        ),
    ),
    "I5": (
        "由原始档案重算，结论、排名与调度各表相同",
        "made again from the archive, verdicts, rankings and dispatch tables are the same",
        ("verdicts_replayed", "rankings-recomputed", "dispatch-tables-recounted", "histories", "programme-files"),
    ),
    "I6": (
        "已发布的版次不变，更正另出新版",
        "a published edition never changes; a correction is another edition",
        ("edition-files", "editions", "anchors", "deliveries*", "dispatch-tables", "dispatch-folders", "public-pages"),
    ),
    "I7": (
        "每件通知只有一条，内容与送达有据",
        "each notification once, its text and its delivery evidenced",
        (
            *("outbox-states", "outbox-texts", "message-files", "recorded-attempts"),
            *("recorded-holds", "recorded-calls", "recorded-deadlines"),
        ),
    ),
    "I8": (
        "每个退回都写明规则与说明",
        "each rejection names rules and says what is wrong",
        ("rejections-explained", "answers", "waiting-answers"),
    ),
    "I9": ("没有执行任何规则的报表不得通过", "nothing passes on which no rule was evaluated", ("rules-evaluated",)),
    "I10": (
        "缺报是缺报，不是零",
        "who is missing is named at the closing, never counted as zero",
        ("closings", "expected-units"),
    ),
    "I11": (
        "审计日志成链，条目与各表一致",
        "the audit log is a chain, and agrees with the tables",
        ("audit-chain", "anchors", "recorded-*", "dispatch-decisions"),
    ),
}


def invariants(checks: Sequence[Check]) -> list[AuditInvariant]:
    """Each invariant with what its checks looked at and found; one whose checks looked at nothing says so by 0."""
    found: list[AuditInvariant] = []
    for name, (zh, en, patterns) in INVARIANTS.items():
        own = [check for check in checks if any(fnmatch(check.id, pattern) for pattern in patterns)]
        found.append(
            {
                "id": name,
                "meaning_zh": zh,
                "meaning_en": en,
                "checks": [check.id for check in own],
                "looked_at": sum(check.looked_at for check in own),
                "failed": sum(check.failed for check in own),
            }
        )
    return found
