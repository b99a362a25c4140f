"""`make up`: Airflow with its UI and the board on this machine, on SQLite; for looking and trying, not production.

State is SAIMA_HOME/airflow (the database of `make run`, so its runs are there to see). SAIMA_PORT moves the UI."""

from __future__ import annotations

import json
import os
import secrets
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

USERS = "admin:admin,eng:op,bureau:user,dispatch:user"
"""SimpleAuth account:role. bureau signs as 统计局, dispatch as 经信局; eng operates and may not sign."""


def main() -> None:
    """Prepare the database, say where everything is, and become `airflow standalone`."""
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    from saima_airflow.environment import REPOSITORY, configure_environment, saima_home, ui_port

    port = ui_port()
    airflow_home = saima_home() / "airflow"
    airflow_home.mkdir(parents=True, exist_ok=True)
    configure_environment(
        saima_home(),
        PYTHONPATH=str(REPOSITORY / "docker" / "config"),
        AIRFLOW__API__PORT=str(port),
        AIRFLOW__API__BASE_URL=f"http://localhost:{port}",
        AIRFLOW__API__WORKERS="1",
        AIRFLOW__CORE__EXECUTION_API_SERVER_URL=f"http://localhost:{port}/execution/",
        AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION="False",
        AIRFLOW__CORE__PARALLELISM="4",
        AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=USERS,
        AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT="60",
        **_secrets(airflow_home / "secrets.json"),
    )

    from saima_airflow.database import prepare_database, unpause_all

    prepare_database(airflow_home)
    unpause_all()
    sys.stdout.write(
        f"""
  Airflow   http://localhost:{port}   (约半分钟后就绪 / ready in half a minute; Ctrl-C 停止 / stops)
  报送看板   http://localhost:{port}/plugin/saima-board
  用户      {USERS}
  密码      {airflow_home / "simple_auth_manager_passwords.json.generated"}
  收件箱    {saima_home() / "inbox"}

"""
    )
    sys.stdout.flush()
    os.execv(Path(sys.executable).parent / "airflow", ["airflow", "standalone"])  # noqa: S606  # becomes it: Ctrl-C stops it


def _secrets(file: Path) -> dict[str, str]:
    """Keys that all components must share; made once for this home, readable by its owner alone."""
    if not file.exists():
        file.touch(mode=0o600)
        keys = {
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(48),
            "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(48),
            "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        }
        file.write_text(json.dumps(keys), encoding="utf-8")
    return dict(json.loads(file.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
