"""Where the state of one home lives and what a run may use. Read once at the edge (CLI, DAG) and passed in as a value."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import ConfigError, Terminal

REPOSITORY = Path(__file__).resolve().parents[1]
_MOST_READERS = 4
"""By default: four read faster than one process validates and loads."""


def _beside_this_process() -> int:
    """Readers for the cores that this process leaves: with one more than that, all get in each other's way."""
    cores = os.cpu_count() or 1
    with suppress(AttributeError):  # not on every system
        cores = len(os.sched_getaffinity(0))
    return min(max(1, cores - 1), _MOST_READERS)


class Settings(BaseSettings):
    """Settings of one home, from the variables SAIMA_<NAME>. All paths are absolute; nothing is created by reading them."""

    model_config = SettingsConfigDict(env_prefix="SAIMA_", env_ignore_empty=True, frozen=True, extra="ignore")

    home: Path = REPOSITORY / "var"
    database_url: str = ""
    catalog_url: str = ""
    lake_url: str = ""
    s3_endpoint: str = ""
    s3_region: str = ""
    batch_files: int = Field(default=500, ge=1)
    batch_mb: int = Field(default=24, ge=1)
    site_url: str = ""
    workers: int = Field(default_factory=_beside_this_process, ge=1)
    file_seconds: float = Field(default=60.0, gt=0)
    file_memory_mb: int = Field(default=2048, ge=256)
    file_max_bytes: int = Field(default=200 * 1024 * 1024, ge=1)
    lease_seconds: int = Field(default=900, ge=1)
    web_secret: str = ""
    web_metrics_token: str = ""
    web_now: str = ""
    """From when on the clock of the pages runs inside Airflow: demonstrations of a past month."""
    web_upload_max_bytes: int = Field(default=64 * 1024 * 1024, ge=1)

    @field_validator("home")
    @classmethod
    def _resolved(cls, home: Path) -> Path:
        return _usable(home.expanduser().resolve())

    @classmethod
    def load(cls, home: Path | None = None) -> Settings:
        """From `home` or SAIMA_HOME (default `var/` of the checkout) and the SAIMA_* variables."""
        try:
            return cls(home=home) if home else cls()
        except ValidationError as error:
            wrong = error.errors()[0]
            name = f"SAIMA_{str(wrong['loc'][0]).upper()}"
            raise ConfigError(
                name,
                None,
                f"不能是 {wrong['input']!r}",
                f"cannot be {wrong['input']!r}: {wrong['msg']}",
                ("数字 / a number",),
            ) from error

    @property
    def sql_url(self) -> str:
        """Ledger, calendar, rankings …: SQLite in the home unless SAIMA_DATABASE_URL says otherwise."""
        return self.database_url or f"sqlite:///{_in_url(self.home / 'warehouse.db')}"

    @property
    def iceberg_catalog_url(self) -> str:
        """The Iceberg catalog has a database file of its own: one shared with the ledger locks (DESIGN §5)."""
        return self.catalog_url or f"sqlite:///{_in_url(self.home / 'catalog.db')}?timeout=60"

    @property
    def lake(self) -> str:
        return self.lake_url or f"file://{self.home / 'lake'}"

    @property
    def lake_properties(self) -> dict[str, str]:
        """How a lake in a bucket is reached; the keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."""
        named = {"s3.endpoint": self.s3_endpoint, "s3.region": self.s3_region}
        return {name: value for name, value in named.items() if value}

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def out(self) -> Path:
        return self.home / "out"

    @property
    def raw(self) -> Path:
        return self.home / "raw"

    @property
    def stage(self) -> Path:
        return self.home / "stage"

    @property
    def editions(self) -> Path:
        return self.home / "editions"

    @property
    def site(self) -> Path:
        """The public site, made of published editions."""
        return self.home / "site"

    @property
    def lock_file(self) -> Path:
        return self.home / "lake_writer.lock"


def _in_url(path: Path) -> str:
    """A path as a database URL keeps it: what looks like an escape there (a folder named `a%20b`) is none."""
    return str(path).replace("%", "%25")


def _usable(home: Path) -> Path:
    """The folder, unless state kept there could not be found again: the lake is addressed by URLs, which end at ? or #."""
    unusable = sorted({c for c in str(home) if c in "#?" or not c.isprintable()})
    if unusable:
        shown = " ".join(map(repr, unusable))
        raise Terminal(
            f"状态目录的路径含有不能使用的字符 {shown}：{home}",
            f"the path of the home holds characters that cannot be used ({shown}): {home}",
            "换一个目录：--home 或 SAIMA_HOME / use another folder: --home or SAIMA_HOME",
        )
    if home.exists() and not home.is_dir():
        raise Terminal(
            f"状态目录不是文件夹：{home}",
            f"the home is not a folder: {home}",
            "检查 --home 和 SAIMA_HOME / check --home and SAIMA_HOME",
        )
    return home


def connections() -> dict[str, str]:
    """Credentials of sources: SAIMA_CONN_<NAME>, or Airflow's AIRFLOW_CONN_<NAME>. Never logged, never stored."""
    return {k: v for k, v in os.environ.items() if k.startswith(("SAIMA_CONN_", "AIRFLOW_CONN_"))}


def stage_lines_wanted() -> bool:
    """Whether commands print the line that ends each stage on stderr (SAIMA_LOG); tasks of Airflow always log it."""
    return bool(os.environ.get("SAIMA_LOG"))


def lineage_namespace() -> str | None:
    """OPENLINEAGE_NAMESPACE (default saima) of the jobs, where OpenLineage's own configuration says where events go; else None."""
    if os.environ.get("OPENLINEAGE_DISABLED", "").casefold() in ("true", "1", "yes", "on"):
        return None
    named = any(os.environ.get(name) for name in ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG"))
    named = named or any(name.startswith("OPENLINEAGE__TRANSPORT") for name in os.environ)
    folders = (Path.cwd(), Path.home() / ".openlineage")
    if named or any((folder / "openlineage.yml").is_file() for folder in folders):
        return os.environ.get("OPENLINEAGE_NAMESPACE") or "saima"
    return None


def lineage_parent() -> tuple[str, str, str] | None:
    """(namespace, job, run) of OPENLINEAGE_PARENT_ID, which whoever starts this process sets (in Airflow the macro `lineage_parent_id` of
    its OpenLineage provider); None where it is absent or names no run."""
    namespace, _, rest = os.environ.get("OPENLINEAGE_PARENT_ID", "").rpartition("/")
    namespace, _, job = namespace.rpartition("/")
    try:
        return (namespace, job, str(UUID(rest))) if namespace and job else None
    except ValueError:
        return None
