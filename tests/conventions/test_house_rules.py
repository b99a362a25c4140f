"""House rules as tests (reference/house_styles.md §7). Each asserts that it looked at more than nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PRODUCT = ("pipelines", "expectations", "plugins", "dags", "docker")
NO_PACKAGE = ("tests", "dags", "plugins", "docker")
MAX_LINES = 300

REGISTERS: dict[str, str] = {
    "pipelines/warehouse/migrations/versions/v0001_first_schema.py": "every table of the first schema",
    "pipelines/warehouse/db/schema.py": "every SQL table",
    "pipelines/warehouse/db/view_register.py": "every view that people query",
    "expectations/catalogue/amount_rules.py": "the rules C01–C18",
    "expectations/catalogue/funds.py": "the rules of structure and funds, C10–C19",
    "expectations/catalogue/dispatch_form_rules.py": "the rules H01–H15",
    "expectations/catalogue/building.py": "the words rules are written in",
    "expectations/catalogue/structure_rules.py": "the rules A01–A11 and their kinds",
    "pipelines/programme/layouts.py": "every key of a form's file with its meaning",
    "pipelines/model/tables.py": "every table and the fields of every form",
    "pipelines/model/json_documents.py": "every JSON document",
    "pipelines/sample/loop_truth.py": "every case of the dispatch loop's truth file",
    "pipelines/publish/site/chart_specs.py": "every chart of an edition",
    "pipelines/publish/site/site_figures.py": "every figure of an edition's page",
    "pipelines/flow/dispatch/documents.py": "every JSON document of saima dispatch",
}
"""Files that are one concept and longer: file → the concept."""

READS_ENVIRONMENT = {
    "pipelines/settings.py": "settings of a home",
    "plugins/saima_airflow/environment.py": "the same for Airflow",
    "pipelines/warehouse/db/faults.py": "fault points of the kill tests",
    "pipelines/__init__.py": "what the allocator of Arrow reads when pyarrow is imported",
}
READS_CLOCK = {
    "pipelines/cli/options.py": "the edge of the commands",
    "pipelines/flow/dagapi.py": "the edge of the DAGs",
    "pipelines/flow/runtime/lineage_events.py": "a lineage server orders the events of runs by when they were sent",
    "plugins/saima_airflow/mounted_pages.py": "the edge of the pages inside Airflow",
    "plugins/saima_airflow/portal_demonstration.py": "when the accounts of the demonstration were made",
    "plugins/saima_airflow/paging.py": "when something broke: callbacks are an edge of their own",
    "pipelines/collect/folder_source.py": "whether a file on disk may still be growing, which no simulated moment decides",
}
CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def product_files() -> list[Path]:
    files = [file for room in PRODUCT for file in sorted((REPOSITORY / room).rglob("*.py"))]
    assert len(files) > 50
    return files


def name_of(file: Path) -> str:
    return file.relative_to(REPOSITORY).as_posix()


def attributes(file: Path) -> Iterator[tuple[str, str, int]]:
    """(object, attribute, line) of every `object.attribute` whose object is a plain name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr, node.lineno


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    long = {
        name_of(file): count
        for file in product_files()
        if (count := len(file.read_text(encoding="utf-8").splitlines())) > MAX_LINES and name_of(file) not in REGISTERS
    }
    assert long == {}


def test_registers_that_may_be_long_exist_and_are_long() -> None:
    looked_at = 0
    for name in REGISTERS:
        looked_at += 1
        assert len((REPOSITORY / name).read_text(encoding="utf-8").splitlines()) > MAX_LINES, (
            f"{name}: take it off the list"
        )
    assert looked_at, "nothing was looked at"


def test_the_environment_is_read_in_one_place_each() -> None:
    found = {
        name_of(file)
        for file in product_files()
        for owner, attribute, _ in attributes(file)
        if owner == "os" and attribute in ("environ", "getenv", "putenv")
    }
    assert found == set(READS_ENVIRONMENT)


def test_the_clock_is_read_at_the_edges_alone() -> None:
    found = {
        name_of(file)
        for file in product_files()
        for owner, attribute, _ in attributes(file)
        if (owner, attribute) in CLOCK
    }
    assert found == set(READS_CLOCK)


def test_alerts_reach_out_through_their_channels_alone() -> None:
    network = {"httpx", "smtplib", "socket", "ssl", "urllib.request", "http.client", "subprocess", "asyncio"}
    outside, inside = [], set()
    for file in sorted((REPOSITORY / "pipelines/alerts").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if file.parent.name == "channels":
            inside |= named & network
        else:
            outside += [f"{name_of(file)}: {name}" for name in sorted(named & network)]
    assert outside == []
    assert {"httpx", "smtplib"} <= inside


def test_nothing_is_printed_past_the_console() -> None:
    calls = [
        f"{name_of(file)}:{node.lineno}"
        for file in product_files()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert calls == []


def test_no_variable_of_airflow_is_read() -> None:
    assert [
        name_of(f) for f in product_files() for owner, attr, _ in attributes(f) if (owner, attr) == ("Variable", "get")
    ] == []


def test_the_public_names_say_what_they_are() -> None:
    vague = {"utils", "helpers", "common", "manager", "misc", "base", "core", "lib"}
    assert [name_of(file) for file in product_files() if file.stem in vague or file.parent.name in vague] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(file) for file in product_files() if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert silent == []


@pytest.mark.parametrize("folder", NO_PACKAGE)
def test_folders_airflow_and_pytest_scan_are_no_packages(folder: str) -> None:
    """An `__init__.py` there is executed as a module of that name, or shadows the product (house_styles.md §6, P6 P7)."""
    assert any((REPOSITORY / folder).iterdir())
    assert [name_of(file) for file in (REPOSITORY / folder).rglob("__init__.py")] == []


def test_pipelines_is_ours() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import pipelines, expectations; print(pipelines.__file__); print(expectations.__file__)",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert [Path(line).parent.parent for line in done.stdout.splitlines()] == [REPOSITORY, REPOSITORY]


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stdout
    assert "8 kept, 0 broken" in done.stdout


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    from typer.main import get_command

    from pipelines.cli.app import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert len(commands) > 5
    assert [name for name, command in commands.items() if not command.help] == []
    assert [
        name for name in commands if not re.search(rf"\bsaima {re.escape(name)}\b|`{re.escape(name)}[ `]", readme)
    ] == []


def test_every_target_of_make_says_what_it_does() -> None:
    lines = (REPOSITORY / "Makefile").read_text(encoding="utf-8").splitlines()
    targets = {match[1]: match[2] for line in lines if (match := re.match(r"^([a-z-]+):([^=].*)?$", line))}
    assert {"run", "test", "setup", "up", "bench", "help"} <= set(targets)
    assert [name for name, rest in targets.items() if "## " not in (rest or "")] == []
