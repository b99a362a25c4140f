"""Generated documents equal what the registers say now."""

from __future__ import annotations

from pipelines.cli import docs


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
