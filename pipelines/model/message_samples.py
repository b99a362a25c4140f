"""Facts to try a message with: `saima alerts preview`, and the check of a programme's own templates when it is loaded. No I/O."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from .notifications import Kind

DUE = datetime(2022, 7, 11, 10, 0, tzinfo=UTC)
GRACE = datetime(2022, 7, 14, 10, 0, tzinfo=UTC)
ARRIVED = datetime(2022, 7, 12, 1, 25, tzinfo=UTC)


def sample_facts(kind: Kind, rung: str = "", revising: bool = False) -> dict[str, Any]:
    """All facts of a kind, made up: 海宁市, June 2022. `rung` of a reminder (default T-1); `revising`: sent, to be corrected."""
    late = kind in ("escalation", "public_mark", "recovery")
    return {
        "programme_zh": "嘉兴市制造业投资月度晾晒",
        "programme_en": "Jiaxing monthly manufacturing investment race",
        "simulated": True,
        "time_zone": "Asia/Shanghai",
        "link": "https://saima.example.invalid/late?period=2022-06",
        "unit_code": "330481",
        "unit_name": "海宁市",
        "form_zh": "制造业投资月报(单位)",
        "form_en": "unit_month",
        "period": "2022-06",
        "file_name": "海宁市6月报表.xlsx",
        "arrived_at": ARRIVED,
        "verdict": "accepted" if kind == "recovery" else "rejected",
        "version": 2,
        "errors": 3,
        "queries": 5,
        "due": DUE,
        "corrections_until": GRACE,
        "deadline": GRACE,
        "revising": revising,
        "provisional": False,
        "rung": rung or "T-1",
        "workdays_late": 1 if late else 0,
        "changes": [
            {
                "name_zh": "报送截止",
                "name_en": "county deadline",
                "before": DUE,
                "after": datetime(2022, 7, 12, 10, 0, tzinfo=UTC),
            }
        ],
        "week": "2022-W26",
        "matters": [{"what_zh": "服务专班备忘未交", "what_en": "weekly memos missing", "count": 2}],
        "command": "saima dispatch teams 2022-06",
        "problem": "dead_source",
        "what_zh": "来源 inbox 连续 3 次无法读取",
        "what_en": "source inbox could not be read three times in a row",
        "detail": "permission denied",
        "since": ARRIVED,
        "remedy": "检查文件夹权限后重试 / check the folder's permissions",
        **(_digest() if kind == "digest" else {}),
    }


def _digest() -> dict[str, Any]:
    return {
        "day": date(2022, 7, 12),
        "late": [_entry("330481", "海宁市", "T+1", 1), {**_entry("330411", "秀洲区", "T+1", 1), "acknowledged": True}],
        "due_soon": [],
        "revising": [_entry("330483", "桐乡市", "T-1", 0)],
        "recovered": [],
        "remarks_zh": ["2023 年节假日安排尚未公布,2023 年日历为推算。"],
        "remarks_en": ["The holidays of 2023 are not announced yet: the calendar of 2023 is computed."],
    }


def _entry(code: str, name: str, rung: str, workdays: int) -> dict[str, Any]:
    return {
        "unit_code": code,
        "unit_name": name,
        "form_zh": "制造业投资月报(单位)",
        "form_en": "unit_month",
        "period": "2022-06",
        "rung": rung,
        "due": DUE,
        "workdays_late": workdays,
        "acknowledged": False,
    }
