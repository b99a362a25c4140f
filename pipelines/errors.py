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
    """A programme folder or setting is wrong: names the file, the line, the value and the allowed values. `said_zh`, `said_en`
    are the message without its place."""

    def __init__(
        self, file: Path | str, line: int | None, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None
    ) -> None:
        where = f"{file}:{line}" if line else str(file)
        remedy = f"允许的值 / allowed: {', '.join(allowed)}" if allowed else ""
        super().__init__(f"{where}: {zh}", f"{where}: {en}", remedy)
        self.file = str(file)
        self.line = line
        self.allowed = allowed
        self.value = None if value is None else str(value)
        self.said_zh = zh
        self.said_en = en


class ConfigErrors(ConfigError):
    """Several things wrong in one folder, in the order of its files and lines; as one error it is the first of them."""

    SHOWN = 20

    def __init__(self, errors: tuple[ConfigError, ...]) -> None:
        first = errors[0]
        super().__init__(first.file, first.line, first.said_zh, first.said_en, first.allowed, first.value)
        self.errors = errors

    def __str__(self) -> str:
        shown = [str(error) for error in self.errors[: self.SHOWN]]
        more = len(self.errors) - len(shown)
        count = f"共 {len(self.errors)} 处错误 / {len(self.errors)} errors"
        rest = f"另有 {more} 处，用 saima programme check 查看全部 / {more} more: saima programme check shows all"
        return "\n".join((*shown, f"{count};{rest}" if more else count))


class Refused(SaimaError):
    """The question was understood and the answer is no (exit code 1): a month that cannot close, a missing signature."""

    exit_code = 1
