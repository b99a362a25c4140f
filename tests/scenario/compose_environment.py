"""What docker-compose.yaml and docker-compose.celery.yaml give their services, with the hosts of this machine in place of the services."""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from .image_replay import REPOSITORY

_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::[?-]([^}]*))?\}")
FILES = ("docker-compose.yaml", "docker-compose.celery.yaml")


def service_environment(service: str, values: Mapping[str, str], hosts: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service under both files, as `docker compose -f … -f …` merges it. values: of .env; hosts: text of a
    URL in the compose file → what stands for it here."""
    merged: dict[str, str] = {}
    for file in FILES:
        described = yaml.safe_load((REPOSITORY / "docker" / file).read_text(encoding="utf-8"))["services"]
        merged.update(described.get(service, {}).get("environment") or {})
        if service == "worker" and file == FILES[0]:  # extends the scheduler
            merged.update(described["scheduler"]["environment"])
    return {name: _here(_filled(str(value), values), hosts) for name, value in merged.items()}


def _filled(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values and ":?" in match.group(0):
            raise SystemExit(f"{name}: compose refuses to start without it")
        return values.get(name, "")

    return _VARIABLE.sub(value, text)


def _here(text: str, hosts: Mapping[str, str]) -> str:
    for there, here in hosts.items():
        text = re.sub(there, here, text)
    return text


def example_values(**known: str) -> dict[str, str]:
    """.env.example with the values that a person would fill in."""
    lines = (REPOSITORY / "docker" / ".env.example").read_text(encoding="utf-8").splitlines()
    offered = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    unknown = known.keys() - offered.keys()
    assert not unknown, f"not in .env.example: {unknown}"
    return {**offered, **known}
