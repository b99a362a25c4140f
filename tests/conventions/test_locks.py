"""The hashed locks are complete, and what installs them takes nothing else, whichever pip a machine has."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]


def _wheel(folder: Path, name: str, version: str, *lines: str) -> str:
    """A wheel with nothing but its metadata; the line of a hashed lock that pins it."""
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{info}/METADATA", "\n".join(("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines, ""))
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def _pip_options(file: str, lock: str) -> list[str]:
    """What stands between `pip install` and the lock in the file's command."""
    commands = re.findall(
        rf"pip install ([^\n]*) -r {re.escape(lock)}", (REPOSITORY / file).read_text(encoding="utf-8")
    )
    assert len(commands) == 1 or file == ".ci/install", file
    return shlex.split(commands[-1])


@pytest.mark.parametrize(("file", "lock"), [("docker/Dockerfile", "requirements.lock"), (".ci/install", '"$lock"')])
def test_a_pin_holds_where_another_package_asks_for_its_extra(tmp_path: Path, file: str, lock: str) -> None:
    """As celery[redis]: pip 23.2 took the newest celery for it and stopped, since the lock has no hash of that one."""
    index = tmp_path / "index"
    index.mkdir()
    extra = ("Provides-Extra: more", "Requires-Dist: addition; extra == 'more'")
    pins = [
        _wheel(index, "wanted", "1.0", *extra),
        _wheel(index, "addition", "1.0"),
        _wheel(index, "asking", "1.0", "Requires-Dist: wanted[more]"),
    ]
    _wheel(index, "wanted", "2.0", *extra)
    (tmp_path / "lock").write_text("".join(pins), encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")} | {"PIP_CONFIG_FILE": os.devnull}
    places = ["--no-index", "--find-links", str(index), "--target", str(tmp_path / "installed")]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *_pip_options(file, lock), "-r", str(tmp_path / "lock"), *places],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = sorted(one.name for one in (tmp_path / "installed").glob("*.dist-info"))
    assert found == ["addition-1.0.dist-info", "asking-1.0.dist-info", "wanted-1.0.dist-info"]


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_a_lock_holds_whatever_its_packages_ask_for_extras_too(name: str) -> None:
    """Nothing looks for a missing dependency where a lock is installed as it stands."""
    text = (REPOSITORY / f"{name}.lock").read_text(encoding="utf-8")
    pinned = {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}
    waiting = [Requirement(line) for line in _lines(f"{name}.in")]
    seen: set[tuple[str, frozenset[str]]] = set()
    missing: dict[str, str] = {}
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        if key[0] not in pinned:
            missing[key[0]] = str(wanted)
            continue
        for line in metadata.requires(wanted.name) or []:
            one = Requirement(line)
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in (*wanted.extras, "")):
                waiting.append(one)
    assert len(seen) > 100 and missing == {}


def _lines(name: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in (REPOSITORY / name).read_text(encoding="utf-8").splitlines())
    found: list[str] = []
    for line in filter(None, lines):
        found += _lines(line.removeprefix("-r ")) if line.startswith("-r ") else [line]
    return found
