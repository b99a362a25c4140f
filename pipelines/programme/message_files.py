"""A programme's own texts: `messages/<kind>.<zh|en>.j2` instead of the house's (`pipelines/alerts/messages/templates`).

Each is tried with made-up facts when the folder is loaded, so that a broken text is found by whoever edits it and not by
whoever waits for a reminder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..model.message_samples import sample_facts
from ..model.messages import FACTS, KINDS, message_environment, permitted, subject_and_body, template_names
from ..model.notifications import Kind

MESSAGES = "messages"
_RUNGS = {"reminder": ("T-3", "T-1", "T-4h", "T")}


def check_message(path: Path) -> None:
    """ConfigError where the name is no template, the syntax is wrong, a fact does not exist or nothing comes out."""
    if path.name not in template_names():
        raise ConfigError(path, None, "没有这样的通知模板", "no such message template", template_names())
    kind = next(kind for kind in KINDS if path.name.startswith(f"{kind}."))
    text = _text(path)
    _check_names(path, text, kind)
    for rung in _RUNGS.get(kind, ("",)):
        for revising in (False, True):
            _try(path, permitted(kind, sample_facts(kind, rung, revising)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, None, "文件无法读取（须为 UTF-8）", f"cannot be read as UTF-8: {error}") from error


def _check_names(path: Path, text: str, kind: Kind) -> None:
    """Names that no fact has are refused even in a branch that the trial does not enter."""
    from jinja2 import BaseLoader, TemplateSyntaxError, meta

    environment = message_environment(BaseLoader())
    try:
        environment.compile(text, path.name)
        unknown = sorted(meta.find_undeclared_variables(environment.parse(text)) - set(FACTS[kind]))
    except TemplateSyntaxError as error:
        raise ConfigError(path, error.lineno, "模板语法错误", f"template syntax: {error.message}") from error
    if unknown:
        at = re.search(rf"\b{re.escape(unknown[0])}\b", text)
        line = text.count("\n", 0, at.start()) + 1 if at else None
        raise ConfigError(path, line, f"未知的内容：{unknown[0]}", f"unknown fact: {unknown[0]}", tuple(FACTS[kind]))


def _try(path: Path, facts: Mapping[str, Any]) -> None:
    from jinja2 import FileSystemLoader, TemplateError

    template = message_environment(FileSystemLoader(path.parent)).get_template(path.name)
    try:
        subject, body = subject_and_body(template.render(facts))
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise ConfigError(path, _line(error), "模板无法生成通知", f"the template gives no message: {error}") from error
    if not subject or not body:
        raise ConfigError(
            path,
            1,
            "第一行应为标题，空一行后是正文",
            "the first line is the subject, after a blank line comes the body",
        )


def _line(error: BaseException) -> int | None:
    """The template's line that the error came from: Jinja2 rewrites tracebacks so that they name it."""
    line, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
