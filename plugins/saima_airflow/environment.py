"""The one place of `dags/` and `plugins/` that reads or writes environment variables."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DEMONSTRATION_SIGNER = "demo"
"""A signature under this account is a demonstration and is recorded as such, whoever configured it."""

REVIEW = ("author", "reviewer", "approver")
"""The three reviewers sign one after the other."""
_DEFAULT_SIGNERS = {"statistics": "bureau=市统计局", "dispatch": "dispatch=市经信局"}


def saima_home() -> Path:
    """SAIMA_HOME, else `var/` of the checkout (the same default as `pipelines.settings`)."""
    return Path(os.environ.get("SAIMA_HOME") or REPOSITORY / "var").expanduser().resolve()


def ui_port() -> int:
    """SAIMA_PORT, else 8080: where `make up` serves the UI and the execution API."""
    return int(os.environ.get("SAIMA_PORT") or 8080)


def signers(role: str) -> list[dict[str, str]]:
    """Who may sign for a role: SAIMA_SIGNERS_<ROLE>, written `id=name` separated by semicolons.

    The ids are those of Airflow's auth manager (SimpleAuth: the user name; FAB: the numeric user id as text), which is
    why they are configuration. An empty value is refused: without assigned users anybody with HITL rights could sign.
    """
    text = os.environ.get(f"SAIMA_SIGNERS_{role.upper()}") or _DEFAULT_SIGNERS.get(role, "")
    people = [entry.partition("=") for entry in text.split(";") if entry.strip()]
    if not people:
        raise ValueError(f"SAIMA_SIGNERS_{role.upper()} 为空 / is empty: write id=name;id2=name2")
    return [{"id": key.strip(), "name": name.strip() or key.strip()} for key, _, name in people]


def signing_roles() -> tuple[str, ...]:
    """Roles that `release_edition` asks, in the order in which they sign: the three reviewers (三审) that SAIMA_SIGNERS_AUTHOR,
    SAIMA_SIGNERS_REVIEWER and SAIMA_SIGNERS_APPROVER name, then statistics and dispatch. A role the programme does not require is
    passed over; one that it requires and nobody is named for stops the run (`handover.newest_draft`)."""
    return (*(role for role in REVIEW if os.environ.get(f"SAIMA_SIGNERS_{role.upper()}")), *_DEFAULT_SIGNERS)


def run_limit(dag_id: str, usual: timedelta | None) -> timedelta | None:
    """How long a run of this DAG may take: SAIMA_RUN_LIMIT_<DAG> in seconds, else `usual` (None: no limit)."""
    variable = f"SAIMA_RUN_LIMIT_{dag_id.upper()}"
    text = os.environ.get(variable)
    if not text:
        return usual
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"{variable} = {text!r}：应为正整数秒数 / must be a whole number of seconds above 0")
    return timedelta(seconds=int(text))


def configure_environment(home: Path, **more: str) -> Path:
    """Point Airflow at this checkout and at `home`/airflow. Call it before the first `import airflow`.

    home: SAIMA_HOME; more: further variables, which win. Returns AIRFLOW_HOME. Nothing is written to disk.
    """
    home = home.expanduser().resolve()
    airflow_home = home / "airflow"
    os.environ.update(
        {
            "SAIMA_HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "AIRFLOW_HOME": str(airflow_home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_in_url(airflow_home / 'airflow.db')}",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(airflow_home / "logs"),
            **more,
        }
    )
    return airflow_home


def _in_url(path: Path) -> str:
    """A path as a database URL keeps it: a folder named `a%20b` is not `a b`."""
    return str(path).replace("%", "%25")
