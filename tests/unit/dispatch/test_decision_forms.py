"""Whatever can be decided on the command line can be decided on a page."""

from __future__ import annotations

from typing import get_args

from pipelines.model.dispatch_decisions import REQUIRED_DETAIL, DecisionKind
from pipelines.web.dispatch_pages import DECISIONS


def test_every_kind_of_decision_has_a_form_that_asks_for_what_it_needs() -> None:
    assert set(DECISIONS) == set(get_args(DecisionKind)) and len(DECISIONS) > 15
    asked = {kind: {key for key, *_ in form.detail} for kind, form in DECISIONS.items()}
    assert {kind for kind, keys in REQUIRED_DETAIL.items() if not set(keys) <= asked[kind]} == set()
