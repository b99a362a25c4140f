"""There is no Docker daemon where these tests run; what can be checked without one is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCKER = Path(__file__).resolve().parents[2] / "docker"
INTERPOLATED = re.compile(r"\$\{([A-Z_]+)(?::[?-][^}]*)?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DOCKER / "docker-compose.yaml").read_text(encoding="utf-8")))


def test_every_component_of_airflow_is_there_and_watched(compose: dict[str, Any]) -> None:
    services = compose["services"]
    commands = {name: service.get("command", [None])[0] for name, service in services.items()}
    assert commands == {
        "postgres": None,
        "init": None,
        "apiserver": "api-server",
        "scheduler": "scheduler",
        "dag-processor": "dag-processor",
        "triggerer": "triggerer",
        "web": "web",
    }
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["init"]
    assert all(service["depends_on"]["init"] for name, service in services.items() if name not in ("postgres", "init"))


def test_components_share_their_secrets_and_none_has_a_default(compose: dict[str, Any]) -> None:
    text = (DOCKER / "docker-compose.yaml").read_text(encoding="utf-8")
    for variable in ("SAIMA_JWT_SECRET", "SAIMA_FERNET_KEY", "SAIMA_API_SECRET_KEY", "POSTGRES_PASSWORD"):
        assert f"${{{variable}:?" in text, variable
        assert f"${{{variable}:-" not in text, variable
    shared = compose["x-airflow"]["environment"]
    for name, service in compose["services"].items():
        if name != "postgres":
            assert shared.items() <= service["environment"].items(), name
    for key in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY"):
        assert key in shared


def test_the_example_environment_names_every_variable() -> None:
    text = (DOCKER / "docker-compose.yaml").read_text(encoding="utf-8")
    wanted = set(INTERPOLATED.findall(text.replace("$${", "")))
    assert len(wanted) > 5
    offered = {
        line.split("=", 1)[0]
        for line in (DOCKER / ".env.example").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    assert offered == wanted


def test_the_image_is_plain_python_unprivileged_and_hash_checked() -> None:
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert next(line for line in lines if line.startswith("ARG BASE=")) == "ARG BASE=python:3.11-slim-bookworm"
    assert [line for line in lines if line.startswith("USER")][-1] == "USER airflow"
    installs = [line for line in lines if "pip install" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    assert "/bin/pip check" in text


def test_the_lock_of_the_containers_holds_the_product_and_airflow_as_they_are_pinned() -> None:
    def pins(path: Path) -> dict[str, str]:
        return dict(
            re.findall(r"^([a-z0-9.-]+)(?:\[[a-z]+\])?==([^ ;]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        )

    own, product = pins(DOCKER / "requirements.lock"), pins(DOCKER.parent / "requirements.lock")
    asked = re.findall(
        r"^([a-z-]+)==(.+)$", (DOCKER.parent / "requirements.in").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(asked) >= 5
    assert {name: own[name] for name, _ in asked} == dict(asked)
    assert {name for name in product if name not in own} <= {
        "pyyaml-ft",
        "pywin32",
        "colorama",
        "tzdata",
        "win32-setctime",
        "httpx2-jsfetch",  # in a browser alone
    }
    celery = tuple(int(part) for part in own["celery"].split(".")[:2])
    assert celery < (5, 7), (
        "celery 5.7 has no celery.backends.database.retry, which the provider imports: no worker starts"
    )
    assert {"apache-airflow-providers-fab", "apache-airflow-providers-celery", "redis", "psycopg2-binary"} <= own.keys()
    assert "://" not in (DOCKER / "requirements.lock").read_text(encoding="utf-8"), "no address of a registry"


def test_celery_runs_the_same_image_with_two_workers(compose: dict[str, Any]) -> None:
    celery = yaml.safe_load((DOCKER / "docker-compose.celery.yaml").read_text(encoding="utf-8"))["services"]
    shared = celery["worker"]["environment"]
    assert shared["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    airflow = {"init", "apiserver", "scheduler", "dag-processor", "triggerer"}
    assert set(celery) == airflow | {"redis", "worker"} and airflow < set(compose["services"])
    assert {str(celery[name]["environment"]) for name in airflow} == {str(shared)}
    register = (DOCKER.parent / "plugins" / "saima_airflow" / "register.py").read_text(encoding="utf-8")
    longest_run = int(re.findall(r'"dagrun_timeout": timedelta\(hours=(\d+)\)', register)[0])
    lost = int(shared["AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT"])
    unacknowledged = int(shared["AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT"])
    assert 60 <= lost <= 300 and unacknowledged > longest_run * 3600
    assert celery["worker"]["deploy"]["replicas"] == 2 and celery["worker"]["command"] == ["celery", "worker"]


def test_the_build_context_holds_what_the_image_copies() -> None:
    allowed = {
        line[1:]
        for line in (DOCKER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = [
        source
        for line in (DOCKER / "Dockerfile").read_text(encoding="utf-8").splitlines()
        if line.startswith("COPY") and "--from" not in line
        for source in line.replace("--chown=airflow:root ", "").split()[1:-1]
    ]
    assert len(copied) >= 9
    assert {source.rstrip("/").removeprefix("./") for source in copied} == allowed


def test_helm_values_and_compose_agree_with_the_image() -> None:
    values = yaml.safe_load((DOCKER / "values.yaml").read_text(encoding="utf-8"))
    lock = (DOCKER / "requirements.lock").read_text(encoding="utf-8")
    assert f"apache-airflow=={values['airflowVersion']} " in lock
    assert {item["name"] for item in values["env"]} >= {
        "SAIMA_HOME",
        "SAIMA_SIGNERS_STATISTICS",
        "SAIMA_SIGNERS_DISPATCH",
    }
    assert all("value" not in item for item in values["secret"])
    celery = yaml.safe_load((DOCKER / "docker-compose.celery.yaml").read_text(encoding="utf-8"))["x-celery"]
    said = {
        f"AIRFLOW__{section}__{name}".upper(): value
        for section in ("celery", "celery_broker_transport_options", "scheduler")
        for name, value in values["config"][section].items()
    }
    own = ("AIRFLOW__CORE__EXECUTOR", "AIRFLOW__CELERY__BROKER_URL", "AIRFLOW__CELERY__RESULT_BACKEND")
    assert said == {name: value for name, value in celery.items() if name not in own}, "a lost worker is noticed alike"


def test_connections_reach_every_component_and_stay_out_of_git(compose: dict[str, Any]) -> None:
    services = [service for name, service in compose["services"].items() if name != "postgres"]
    assert [s["env_file"] for s in services] == [[{"path": "./connections.env", "required": False}]] * len(services)
    assert "docker/connections.env\n" in (DOCKER.parent / ".gitignore").read_text(encoding="utf-8")
    example = (DOCKER / "connections.env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in example if not line.startswith("#")] == [], "an example is no connection"
    values = yaml.safe_load((DOCKER / "values.yaml").read_text(encoding="utf-8"))
    assert yaml.safe_load(values["extraEnvFrom"]) == [{"secretRef": {"name": "saima-connections", "optional": True}}]
