"""`saima programme explain`: every key of every file, from the models; examples that the models accept."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.programme.folder import find
from pipelines.programme.init import LIKE, copy_to
from pipelines.programme.key_reference import FILES, key_of, reference

RUNNER = CliRunner()
OURS = [name for name in FILES if name != "dispatch.toml"]
"""dispatch.toml has its meanings in the docstrings of model/dispatch_policy."""


@pytest.mark.parametrize("name", OURS)
def test_every_key_is_explained_in_both_languages_with_an_example(name: str) -> None:
    file = next(file for file in reference().files if file.file == name)
    assert len(file.keys) >= 2
    tables = {key.key.removesuffix("[]") for key in file.keys if key.type in ("table", "tables")}
    for key in file.keys:
        assert any("\u4e00" <= character <= "\u9fff" for character in key.meaning_zh), key.key
        assert sum(map(str.isascii, key.meaning_en)) > 0.7 * len(key.meaning_en) > 0, key.key
        assert key.example or key.key in tables, f"{key.key} has no example"


def _models(model: type[BaseModel], path: str = "") -> list[tuple[str, type[BaseModel]]]:
    from pipelines.programme.key_reference import _table_of

    found = [(path, model)]
    for name, field in model.model_fields.items():
        table, several = _table_of(field.annotation)
        if table is not None:
            found += _models(table, f"{path}{name}{'[]' if several else ''}.")
    return found


@pytest.mark.parametrize("name", OURS)
def test_every_example_is_accepted_by_its_model(name: str) -> None:
    """An example that would be refused teaches an error."""
    tried = 0
    for _, model in _models(FILES[name]):
        for key, field in model.model_fields.items():
            said = key_of(field)
            if said is None or not said.example:
                continue
            values: dict[str, Any] = {key: said.example}
            if name.endswith(".toml"):
                text = f"[{key}]\n{said.example}" if key in ("amount_units", "sentinels") else f"{key} = {said.example}"
                values = tomllib.loads(text)
            try:
                model.model_validate(values)
            except ValidationError as error:
                assert key not in {e["loc"][0] for e in error.errors()}, (key, said.example)
            tried += 1
    assert tried >= 2


def test_explain_shows_what_a_folder_says() -> None:
    done = RUNNER.invoke(app, ["programme", "explain", "jiaxing", "--json"])
    assert done.exit_code == 0
    keys = {f"{file['file']} {key['key']}": key for file in json.loads(done.stdout)["files"] for key in file["keys"]}
    assert keys["programme.toml time_zone"]["here"] == ["Asia/Shanghai"]
    assert keys["method.toml indicators[].weight"]["here"][0] == "30"
    assert keys["units.csv kind"]["allowed"] == ["county", "zone", "city", "province", "bureau"]
    assert keys["units.csv kind"]["here"] == ["county", "zone", "bureau"]
    assert keys["method.toml kappa"]["default"] == "0.10"
    assert keys["forms/*.toml amount_units"]["here"][:3] == ["万元 = 1", "亿元 = 10000", "元 = 0.0001"]


def test_explain_of_one_file_is_a_table_and_of_an_unknown_one_an_error() -> None:
    done = RUNNER.invoke(app, ["programme", "explain", "--file", "seasonal.csv"])
    assert done.exit_code == 0
    assert "month *" in done.stdout and "calendar" not in done.stdout
    assert RUNNER.invoke(app, ["programme", "explain", "--file", "nothing.csv"]).exit_code != 0


def test_check_says_what_is_right_and_all_that_is_wrong(tmp_path: Path) -> None:
    folder = copy_to(tmp_path / "city")
    assert RUNNER.invoke(app, ["programme", "check", str(folder)]).exit_code == 0
    right = json.loads(RUNNER.invoke(app, ["programme", "check", str(folder), "--json"]).stdout)
    assert (right["ok"], right["errors"], right["programme"], right["units"]) == (True, [], "jiaxing", 10)
    path = folder / "forms/unit_month.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("wan_yuan", "wan_yaun", 1), encoding="utf-8")
    contacts = folder / "contacts.csv"
    contacts.write_text(contacts.read_text(encoding="utf-8").replace(",county,", ",conty,", 1), encoding="utf-8")
    done = RUNNER.invoke(app, ["programme", "check", str(folder), "--json"])
    assert done.exit_code == 1
    errors = json.loads(done.stdout)["errors"]
    assert [(Path(e["file"]).name, e["line"], e["value"]) for e in errors] == [
        ("unit_month.toml", 14, "wan_yaun"),
        ("contacts.csv", 2, "conty"),
    ]
    assert "wan_yuan" in errors[0]["allowed"] and "county" in errors[1]["allowed"]
    shown = RUNNER.invoke(app, ["programme", "check", str(folder)])
    assert shown.exit_code == 1
    assert "2 errors" in shown.stdout and f"{contacts}:2" in shown.stdout.replace("\n", "")


@pytest.mark.parametrize("like", sorted(LIKE))
def test_init_gives_a_folder_that_is_right(tmp_path: Path, like: str) -> None:
    done = RUNNER.invoke(app, ["init", str(tmp_path / like), "--like", like])
    assert done.exit_code == 0 and "saima programme check" in done.stdout
    assert RUNNER.invoke(app, ["programme", "check", str(tmp_path / like)]).exit_code == 0


def test_the_minimal_folder_is_small() -> None:
    files = [file for file in find("minimal").rglob("*") if file.is_file()]
    assert len(files) == 6
    rows = list(csv.reader(io.StringIO((find("minimal") / "units.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 4


def test_init_names_what_it_knows(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["init", str(tmp_path / "x"), "--like", "minimum"])
    assert done.exit_code != 0
    assert "minimal" in str(done.exception) and not (tmp_path / "x").exists()
