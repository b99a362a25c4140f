"""The rules of Saima (审核关系): the catalogue, custom expectations and suites of Great Expectations. Imports nothing of `pipelines`,
and Great Expectations only when a suite is loaded or composed. See README.md."""

from .shipped import SuiteEdited, SuiteRefused, load, manifest, names, sample_frame, table_schema, wrong_columns

__all__ = ["SuiteEdited", "SuiteRefused", "load", "manifest", "names", "sample_frame", "table_schema", "wrong_columns"]
