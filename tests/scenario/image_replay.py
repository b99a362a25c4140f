"""The image without Docker: the build stage of docker/Dockerfile replayed step by step into a folder, and the environment that the
image gives its processes. No Docker daemon is needed, and nothing outside the folder is written."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = REPOSITORY / "docker" / "Dockerfile"
PYTHON = (3, 11)
"""The containers' lock is resolved for this version."""
_VENV, _AIRFLOW, _HOME = "/opt/saima/venv", "/opt/airflow", "/var/lib/saima"


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile in order, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text(encoding="utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(name, arguments) for name, _, arguments in (line.partition(" ") for line in lines)]


def _build_stage() -> Iterator[tuple[str, str]]:
    """What stands before the second FROM."""
    stages = 0
    for name, arguments in instructions():
        stages += name == "FROM"
        if stages == 1:
            yield name, arguments


def replay(image: Path) -> Path:
    """Run the build stage into `image`; the folder with its programs (`bin` of the venv).

    The lock is installed again only where it has changed since; the product every time, from this checkout."""
    if sys.version_info[:2] != PYTHON:
        raise SystemExit(f"the containers' lock is for Python {PYTHON[0]}.{PYTHON[1]}: make the .venv with it")
    source, venv, mark = image / "src", image / "venv", image / "lock.sha256"
    lock = hashlib.sha256((REPOSITORY / "docker" / "requirements.lock").read_bytes()).hexdigest()
    installed = mark.exists() and mark.read_text() == lock
    if not installed:
        shutil.rmtree(venv, ignore_errors=True)
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    base = Path(sys.base_prefix) / "bin"
    environment["PATH"] = f"{base}{os.pathsep}{environment['PATH']}"
    steps = 0
    for name, arguments in _build_stage():
        if name == "COPY":
            _copy(arguments, source)
        if name != "RUN" or (installed and "requirements.lock" in arguments):
            continue
        command = arguments.replace(_VENV, shlex.quote(str(venv)))
        done = subprocess.run(
            ["bash", "-c", command], cwd=source, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode:
            raise SystemExit(f"RUN {arguments}\n{done.stdout.decode(errors='replace')[-4000:]}")
        steps += 1
        if "requirements.lock" in arguments:
            mark.write_text(lock)
    assert steps, "the Dockerfile has a build stage with RUN steps"
    return venv / "bin"


def _copy(arguments: str, source: Path) -> None:
    """COPY of the build context into the working folder of the stage."""
    *sources, target = arguments.split()
    for one in sources:
        origin, place = REPOSITORY / one, source / target
        if origin.is_dir():
            shutil.copytree(origin, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(origin, place / origin.name if target.endswith("/") else place)


def image_environment(image: Path, airflow_home: Path, saima_home: Path) -> dict[str, str]:
    """The ENV of the image, with its folders where they are here. AIRFLOW_HOME gets `dags`, `plugins` and `config` of this checkout."""
    airflow_home.mkdir(parents=True, exist_ok=True)
    for folder, origin in (("dags", "dags"), ("plugins", "plugins"), ("config", "docker/config")):
        link = airflow_home / folder
        if not link.exists():
            link.symlink_to(REPOSITORY / origin)
    text = " ".join(arguments for name, arguments in instructions() if name == "ENV")
    found = dict(pair.split("=", 1) for pair in shlex.split(text))
    assert {"PATH", "PYTHONPATH", "AIRFLOW_HOME", "SAIMA_HOME"} <= found.keys()
    places = ((_VENV, image / "venv"), (_AIRFLOW, airflow_home), (_HOME, saima_home), ("$PATH", os.environ["PATH"]))
    for name, value in found.items():
        for inside, here in places:
            value = value.replace(inside, str(here))
        found[name] = value
    return found
