"""Texts of the notices: Jinja2 templates, Chinese and English, for every kind; a programme may have its own.

Which facts a kind needs stands in `model.messages.FACTS`; what is not registered there reaches no template. `render` never lets a
broken template of a programme keep a notice back: the house's own text goes out instead, and a warning is logged."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...model.message_samples import sample_facts
from ...model.messages import LANGUAGES, message_environment, permitted, subject_and_body
from ...model.notifications import Kind, MessageText

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
FOLDER = "messages"
"""Folder of a programme with its own templates, the same names as in `TEMPLATES`."""
BETWEEN = "\n\n———\n\n"

log = logging.getLogger(__name__)


def render(
    kind: Kind, facts: Mapping[str, Any], overrides: Path | None = None, languages: Sequence[str] = LANGUAGES
) -> MessageText:
    """The text of a notice in these languages, one below the other: Chinese and English unless the programme is in English.
    `overrides`: a programme's `messages/` folder, absent or not.

    Terminal where a fact of the kind is missing or is something that no message may carry (an amount)."""
    allowed = permitted(kind, facts)
    parts = [_part(f"{kind}.{language}.j2", allowed, overrides) for language in languages]
    subjects, bodies = zip(*parts, strict=True)
    return MessageText(" / ".join(subjects), BETWEEN.join(bodies))


def preview(
    kind: Kind,
    rung: str = "",
    revising: bool = False,
    overrides: Path | None = None,
    languages: Sequence[str] = LANGUAGES,
) -> MessageText:
    """The text of a kind with made-up facts; of a reminder at `rung`; `revising`: of a file that is to be corrected."""
    return render(kind, sample_facts(kind, rung, revising), overrides, languages)


def _part(name: str, facts: Mapping[str, Any], overrides: Path | None) -> tuple[str, str]:
    from jinja2 import TemplateError

    if overrides and (overrides / name).is_file():
        try:
            return subject_and_body(_environment(overrides).get_template(name).render(facts))
        except (TemplateError, TypeError, ValueError, ArithmeticError, OSError) as error:
            log.warning("template %s of the programme fails (%s), the house's own is used", name, type(error).__name__)
    return subject_and_body(_environment(TEMPLATES).get_template(name).render(facts))


@lru_cache(maxsize=8)
def _environment(folder: Path) -> Environment:
    from jinja2 import FileSystemLoader

    environment = message_environment(FileSystemLoader(folder))
    environment.auto_reload = (
        folder != TEMPLATES
    )  # a programme's may be edited while a server runs, the house's come with it
    return environment
