"""Errors of the house. A bad *file* is a verdict, never an exception; what is raised here means that the house,
its configuration or the question asked is broken. Every error carries what happened and what to do, Chinese and English."""

from __future__ import annotations

from pathlib import Path


class SaimaError(Exception):
    """Base of all errors that may reach a user; `zh`/`en` say what is wrong, `remedy` what to do about it."""

    exit_code = 2

    def __init__(self, zh: str, en: str, remedy: str = "") -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}" + (f" — {self.remedy}" if self.remedy else "")

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), dict(self.__dict__))


def _rebuild(cls: type[SaimaError], state: dict[str, object]) -> SaimaError:
    error = cls.__new__(cls)
    error.__dict__.update(state)
    Exception.__init__(error, str(state.get("en", "")))
    return error


class Transient(SaimaError):
    """May succeed when tried again: a lock held by another loader, a source that is down. Airflow retries it."""


class Terminal(SaimaError):
    """Will fail again in the same way; retrying is pointless."""


class ConfigError(Terminal):
    """A programme folder or setting is wrong: names the file, the line and the allowed values."""

    def __init__(self, file: Path | str, line: int | None, zh: str, en: str, allowed: tuple[str, ...] = ()) -> None:
        where = f"{file}:{line}" if line else str(file)
        remedy = f"允许的值 / allowed: {', '.join(allowed)}" if allowed else ""
        super().__init__(f"{where}: {zh}", f"{where}: {en}", remedy)
        self.file = str(file)
        self.line = line
        self.allowed = allowed


class AnswerIsNo(SaimaError):
    """The question was understood and the answer is no (exit code 1): a month that cannot close, a missing signature."""

    exit_code = 1
