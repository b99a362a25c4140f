"""A programme's own texts are tried when the folder is loaded; what is wrong is named with file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import ConfigError
from pipelines.model.programme import Programme

Load = Callable[[Path], Programme]
GOOD = "催报:{{ unit_name }}\n\n请于 {{ due | local }} 前报送。\n"

BAD = [
    ("reminder.zh.j2", "催报\n\n{% if due %}\n请报送\n", "template syntax", 4, ""),
    ("reminder.zh.j2", "催报\n\n{{ due | shout }}\n", "template syntax", 3, ""),
    ("reminder.zh.j2", "催报\n\n请报送\n{% if false %}{{ ytd }}{% endif %}\n", "unknown fact: ytd", 4, "unit_name"),
    ("digest.en.j2", "Digest\n\n{% for e in revising %}\n{{ e.amount }}\n{% endfor %}\n", "gives no message", 4, ""),
    ("reminder.en.j2", "Reminder\n\n{{ due.year / 0 }}\n", "gives no message", 3, ""),
    ("reminder.en.j2", "{% if revising %}x\n\ny{% endif %}", "first line is the subject", 1, ""),
    ("reminder.en.j2", "Reminder\n", "first line is the subject", 1, ""),
    ("escalation.zh.j2", "催报\n\n{{ unit_name.__class__.__mro__ }}\n", "gives no message", 3, ""),
    ("reminders.zh.j2", GOOD, "no such message template", None, "reminder.zh.j2"),
    ("reminder.fr.j2", GOOD, "no such message template", None, "reminder.en.j2"),
]


@pytest.mark.parametrize(("name", "text", "says", "line", "allowed"), BAD)
def test_a_broken_text_is_refused(
    folder: Path, loaded: Load, name: str, text: str, says: str, line: int | None, allowed: str
) -> None:
    (folder / "messages").mkdir()
    (folder / "messages" / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        loaded(folder)
    error = raised.value
    assert Path(error.file) == folder / "messages" / name
    assert says in error.en
    assert error.line == line
    assert not allowed or allowed in error.allowed


def test_a_good_text_loads_and_makes_no_verdict_stale(folder: Path, loaded: Load) -> None:
    before = loaded(folder).version
    (folder / "messages").mkdir()
    (folder / "messages" / "reminder.zh.j2").write_text(GOOD, encoding="utf-8")
    assert loaded(folder).version == before
