"""Characters that nobody sees in whatever people write on the pages: what would be shown otherwise than it is stored is refused, the others
are not kept; markup is text."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .random_requests import Office, look_around
from .test_long_texts import WRITTEN, usual_answers

REVERSED = "逐项核对过，原数\u202e057 万元有误"
HIDDEN = "逐项\u200b核对过\ufeff的说明文字\u2060<bdo dir=rtl>057</bdo><style>*{color:#fff}</style>"


def _everything_stored(office: Office) -> str:
    """Every text of the ledger."""
    import sqlalchemy as sa

    database = office.state.context.warehouse.rulings._database
    with database.read() as connection:
        tables = [t for t in sa.inspect(connection).get_table_names() if not t.startswith("sqlite")]
        return "\n".join(str(tuple(row)) for t in tables for row in connection.execute(sa.text(f'SELECT * FROM "{t}"')))


@pytest.fixture(scope="module")
def written(office: Office) -> Any:
    """(route, field) → statuses of a reversed text and of one with hidden characters and markup; every field that people write in, of every form."""
    seen, found = look_around(office, "2026-Q1", 4), {}
    for address, fields in sorted(seen.forms.items()):
        route = seen.operation("POST", address)
        others = usual_answers(fields)
        for name, one in fields.items():
            if one["values"] or one.get("type", "") not in ("", "text"):
                continue
            assert one.get("type", "") in WRITTEN
            statuses = []
            for text in (REVERSED, HIDDEN):
                session, token = office.visitor(office.may(route)[0])
                sent = {**others, name: text, "form_token": token}
                answer = session.post(office.address + address, sent, allow_redirects=False)
                statuses.append(answer.status_code)
                assert "\u202e" not in answer.text, (address, name)
            found[route.path, name] = statuses
    return found


def test_no_field_takes_what_is_shown_otherwise(office: Office, written: Any) -> None:
    assert len(written) > 12, sorted(written)
    assert {place: s for place, s in written.items() if s[0] == 303} == {}
    assert any(s[1] == 303 for s in written.values())
    stored = _everything_stored(office)
    assert "逐项核对过的说明文字" in stored
    assert re.findall("[\u200b\ufeff\u2060\u202e]|u202e|u200b", stored) == []


def test_markup_that_was_written_is_text_on_every_page(office: Office, written: Any) -> None:
    shown = 0
    for who, path in (
        ("bureau", "/desk?period=2026-Q1"),
        ("bureau", "/desk/queries?period=2026-Q1"),
        ("bureau", "/desk/calls?period=2026-Q1"),
        ("bureau", "/desk/waivers?period=2026-Q1"),
        ("bureau", "/ranking?period=2026-Q1"),
        ("bureau", "/accounts"),
        ("unit", "/unit?period=2026-Q1"),
        *(("unit", path) for path in office.uploads),
    ):
        text = office.visitor(who)[0].get(office.address + path).text.split("<main")[1]
        assert "<bdo" not in text and "<style" not in text, path
        shown += text.count("&lt;bdo")
    assert shown
