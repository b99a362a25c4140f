"""Expectations that Great Expectations does not have: linear edits over exact integers, and check digits of GB 32100.

They run on the pandas engine and look at whole columns at once. A row in which a value is absent is not judged: what is
missing is the business of the rules on required cells.
"""

from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation, MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    MulticolumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)

from .codes import valid_uscc
from .edits import Relation, linear_edit_holds


class LinearEditHolds(MulticolumnMapMetricProvider):
    """Row-wise truth of Σ coefficient · column (>=, <=, ==) constant, give or take the tolerance, in 64-bit integers."""

    condition_metric_name = "multicolumn_values.linear_edit"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    condition_value_keys = (
        "coefficients",
        "relation",
        "constant",
        "tolerance",
        "blank_is_zero",
        "any_filled",
        "where",
        "given",
    )

    @multicolumn_condition_partial(engine=PandasExecutionEngine)
    def _pandas(
        cls,
        column_list: pd.DataFrame,
        coefficients: dict[str, int],
        relation: Relation,
        constant: int = 0,
        tolerance: int = 0,
        blank_is_zero: list[str] | None = None,
        any_filled: list[str] | None = None,
        where: dict[str, bool] | None = None,
        given: list[dict[str, Any]] | None = None,
        **_: Any,
    ) -> pd.Series:
        return linear_edit_holds(
            column_list, coefficients, relation, constant, tolerance, blank_is_zero, any_filled, where, given
        )


class ExpectLinearEditToHold(MulticolumnMapExpectation):
    """Expect Σ coefficient · column (relation) constant in every row, within the tolerance.

    Columns are 64-bit integers (amounts scaled by 10,000). Rows with an absent value are not judged, except that columns of
    `blank_is_zero` count as 0. `any_filled`: at least one of these columns must have a value. `where`: flag columns and the
    value a judged row has. `given`: linear edits a judged row fulfils.
    """

    map_metric = "multicolumn_values.linear_edit"
    success_keys = (
        "column_list",
        "coefficients",
        "relation",
        "constant",
        "tolerance",
        "blank_is_zero",
        "any_filled",
        "where",
        "given",
        "mostly",
    )
    args_keys = ("column_list", "coefficients", "relation")

    coefficients: dict[str, int]
    relation: Relation
    constant: int = 0
    tolerance: int = 0
    blank_is_zero: list[str] | None = None
    any_filled: list[str] | None = None
    where: dict[str, bool] | None = None
    given: list[dict[str, Any]] | None = None
    ignore_row_if: Literal["never"] = "never"


class ColumnValuesUnifiedSocialCreditCode(ColumnMapMetricProvider):
    """Element-wise truth of GB 32100: 18 characters of the alphabet and the right check character."""

    condition_metric_name = "column_values.unified_social_credit_code"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:
        return pd.Series(valid_uscc(pa.array(column, pa.large_string(), from_pandas=True)), index=column.index)


class ExpectColumnValuesToBeUnifiedSocialCreditCodes(ColumnMapExpectation):
    """Expect values to be unified social credit codes (统一社会信用代码, GB 32100). Absent values are not judged."""

    map_metric = "column_values.unified_social_credit_code"


class ColumnValuesNotMatchRegexUnless(ColumnMapMetricProvider):
    """Element-wise truth of: the pattern does not occur in the text, or the other one does too."""

    condition_metric_name = "column_values.not_match_regex_unless"
    condition_value_keys = ("regex", "unless")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, regex: str, unless: str, **_: Any) -> pd.Series:
        text = column.astype(str).str
        return ~text.contains(regex) | text.contains(unless)


class ExpectColumnValuesToNotMatchRegexUnless(ColumnMapExpectation):
    """Expect `regex` to occur in no value in which `unless` does not occur too. Absent values are not judged."""

    regex: str
    unless: str
    map_metric = "column_values.not_match_regex_unless"
    success_keys = ("regex", "unless", "mostly")
    args_keys = ("column", "regex", "unless")
