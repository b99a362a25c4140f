"""What people call a form, wherever a refusal names one."""

from __future__ import annotations

from ...model.programme import Programme


def form_words(programme: Programme, name: str) -> tuple[str, str]:
    """Chinese and English; a name that is none as it is."""
    layout = programme.forms.get(name)
    return (layout.zh, layout.en) if layout is not None else (name, name)
