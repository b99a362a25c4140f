"""Generated documents equal what the registers say now."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from typing import is_typeddict

from pydantic import BaseModel

import pipelines
from pipelines.cli import docs

READ = {
    "Document": "the base of the dispatch documents",
    "Closed": "the base of the what-if classes",
    "AnchorChange": "read from a what-if file",
    "UnitChange": "read from a what-if file",
    "WhatIfFile": "read from a what-if file",
}
"""Classes that leave nowhere, with the reason."""


def test_the_data_dictionary_has_not_drifted() -> None:
    assert docs.DICTIONARY.read_text(encoding="utf-8") == docs.data_dictionary(), "run `make docs`"


def test_the_schemas_of_json_documents_have_not_drifted() -> None:
    expected = docs.json_schemas()
    assert len(expected) > 10
    assert {file.name: file.read_text(encoding="utf-8") for file in docs.SCHEMAS.iterdir()} == expected, (
        "run `make docs`"
    )


def test_the_rule_catalogue_has_not_drifted() -> None:
    assert docs.CATALOGUE.read_text(encoding="utf-8") == docs.rule_catalogue(), "run `make docs`"


def test_the_reference_of_programme_keys_has_not_drifted() -> None:
    assert docs.REFERENCE.read_text(encoding="utf-8") == docs.programme_reference(), "run `make docs`"


def test_every_document_class_is_in_the_register() -> None:
    """Whatever is called a document, and every pydantic model of the rooms that write: registered, or a part of what is."""
    known: set[str] = set()
    for text in docs.json_schemas().values():
        schema = json.loads(text)
        known |= {schema.get("title", ""), *schema.get("$defs", {})}
    looked_at, missing = 0, []
    for found in pkgutil.walk_packages(pipelines.__path__, "pipelines."):
        if ".migrations" in found.name or found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        writes = found.name.startswith(
            ("pipelines.flow.", "pipelines.publish.", "pipelines.cli.", "pipelines.warehouse.")
        )
        for name, one in vars(module).items():
            if not inspect.isclass(one) or one.__module__ != module.__name__:
                continue
            document = name.endswith("Document") or is_typeddict(one)
            if document or (writes and issubclass(one, BaseModel)):
                looked_at += 1
                missing += [f"{found.name}.{name}"] if name not in known | READ.keys() else []
    assert looked_at > 120
    assert missing == [], "register them in pipelines/cli/registered_documents.py"
