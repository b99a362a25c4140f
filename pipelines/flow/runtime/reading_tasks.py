"""How files are dealt out to the reader processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .reader_child import FileToRead

_TASK_FILES = 32
_SMALL_BYTES = 64 * 1024


def tasks_of(files: Sequence[FileToRead], workers: int) -> Iterator[list[FileToRead]]:
    """Small neighbours together, large files alone; enough tasks to keep every worker busy."""
    most = max(1, min(_TASK_FILES, len(files) // (workers * 4)))
    task: list[FileToRead] = []
    for file in files:
        large = not file.path.is_file() or file.path.stat().st_size > _SMALL_BYTES
        if task and (large or len(task) == most):
            yield task
            task = []
        task.append(file)
        if large:
            yield task
            task = []
    if task:
        yield task
