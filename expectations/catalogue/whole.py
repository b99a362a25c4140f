"""A09–A11: what a file shows as a whole; G: the detector of slipped units of amount (domain.md §2.7, domain_decisions §2)."""

from ..rule import EVERY_FORM, PROJECT, Check, Example, Rule

ROWS_CHANGE = 0.3
"""A09: a change of more than this share in the number of rows is a query."""
ROWS_KEPT = 0.5
"""A12: least share of the rows of a version that the one in its place must keep."""
CLEANED_SHARE = 0.2
"""A11: more than this share of cells changed by the cleaner is worth saying."""
NEAR_FILE = 1.2
"""G: a file's ratio within 20 % of a factor between units of amount looks like that factor (domain.md §2.7 G)."""
NEAR_ROW = 10**0.08
"""G: the same for one row, |log10 difference| ≤ 0.08."""
FEWEST = 3
"""G: a median over fewer common projects, or a mean over fewer, proves nothing."""
YI_AT_MOST = 300
"""G without history: a planned total of at most 300 in a project listed as 亿元以上 was probably typed in 亿元."""
YUAN_FROM = 30_000_000
"""G without history: a planned total above 3·10⁷ 万元 (3000 亿) was probably typed in 元."""
WHOLE_YUAN_FROM = 100_000_000
"""G without history: a total of a county of more than 10⁸ 万元 (1 万亿元) was probably typed in 元; no county invests a third of it in a year."""
EACH_YUAN_FROM, EACH_YI_BELOW = 5_000_000, 1
"""G without history: the manufacturing investment of a unit by the number of its projects in the same file: more than 500 亿元 each was
probably typed in 元, less than 1 万元 each in 亿元 (the survey covers projects of 500 万元 and more)."""
YUAN_IN_WAN = 10_000
"""G without history: a planned total that is so many times the median of its file (within NEAR_FILE) was probably typed in 元."""


def _row(check: str, column: str, severity: str, example: Example) -> Check:
    return Check(
        check,
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": [True]},
        fields=("plan_total",),
        looks_at=(column, "slip_factor", "previous_plan_total"),
        grouped=True,
        example=example,
        forms=("project_month", "dispatch_month"),
        severity="query" if severity == "query" else "error",
        message_zh="{plan_total}，约为上次（{previous_period}）的 {previous_plan_total} {unit} 的 {slip_factor} 倍。"
        "请核对是否用错了计量单位（如是，应除以 {slip_factor}）；系统不作更正。",
        message_en="{plan_total}, about {slip_factor} times the {previous_plan_total} {unit} of {previous_period}. Perhaps the unit of amount is wrong; if so "
        "divide by {slip_factor}; nothing is corrected for you.",
    )


WHOLE_RULES: tuple[Rule, ...] = (
    Rule(
        id="A09",
        level=2,
        severity="query",
        scope="unit-history",
        forms=PROJECT,
        needs="earlier",
        formula="|n_t − n_{t−1}|/n_{t−1} ≤ 30 %,n_{t−1} 为上次未全部投产、未退库的行，n_t 不含上次已全部投产、退库的项目 / rows change by at "
        "most 30 %, finished projects aside",
        message_zh="本期 {rows} 行，上次（{previous_period}）未投产的为 {before} 行，变动 {share}。请核对是否漏报或重复；"
        "情况属实的请在任一行的上报说明中写明“A09”和原因。",
        message_en="{rows} rows, but {before} unfinished ones in {previous_period}: changed by {share}. Check for lost or repeated rows, "
        "or explain in 上报说明 of any row, naming A09.",
        reason="漏行 / rows lost",
    ),
    Rule(
        id="A10",
        level=2,
        severity="information",
        scope="period",
        forms=EVERY_FORM,
        needs="ledger",
        formula="内容与本单位更早的版本字节相同 / the same bytes as an earlier version",
        message_zh="{form_name}第 {version} 版与第 {same} 版内容完全相同。未作修改的重报不必再送。",
        message_en="{form_name}: version {version} has the same bytes as version {same}. Nothing was changed.",
        reason="未修改的重报 / re-sent without change",
    ),
    Rule(
        id="A11",
        level=1,
        severity="information",
        scope="file",
        forms=EVERY_FORM,
        formula="清洗改动的单元格（全角数字、去单位等）占比 ≤ 20 % / share of cells changed by the cleaner",
        message_zh="{cells} 个单元格中有 {changed} 个（{share}）经清洗才能读出。请用市局下发的模板。",
        message_en="{changed} of {cells} cells ({share}) had to be cleaned before they could be read. Use the bureau's template.",
        reason="模板被改动 / the template was changed",
    ),
    Rule(
        id="A14",
        level=1,
        severity="information",
        scope="file",
        forms=EVERY_FORM,
        formula="上报说明不是错误值或没有结果的公式 / explanations are no failed or uncalculated formulas",
        message_zh="{count} 条上报说明是错误值或没有结果的公式（{cells}），没有读到内容，不能作为说明。请改写为文字后重新报送。",
        message_en="{count} explanations are errors or formulas without a result ({cells}): nothing could be read, and nothing is explained. Write "
        "them as text and send the file again.",
        reason="公式失效的说明等于没有说明 / an explanation whose formula failed explains nothing",
    ),
    Rule(
        id="A12",
        level=2,
        severity="error",
        scope="unit-history",
        forms=EVERY_FORM,
        needs="replaced",
        formula="新版本保留被替换版本半数以上的行（按主键）/ a new version keeps at least half of the rows of the version that it replaces, by key",
        message_zh="本表将替换的版本有 {before} 行，其中 {gone} 行不在本表（如 {example}）。替换后这些数据即不再采用。漏报的请补齐后重报；"
        "确需去掉的，请在任一行的上报说明中写明“A12”和原因。",
        message_en="{gone} of the {before} rows of the version that this file would replace are not in it (such as {example}). Send the whole "
        "table; if the rows really go, confirm it in 上报说明 of any row, naming A12.",
        reason="半张表会冲掉整张表 / part of a table would replace the whole of it",
        kinds={
            "confirmed": (
                "本表替换的版本有 {before} 行，其中 {gone} 行不在本表（如 {example}）；报送人已确认。",
                "{gone} of the {before} rows of the version replaced are not in this one (such as {example}); confirmed by the sender.",
            )
        },
    ),
    Rule(
        id="A13",
        level=1,
        severity="error",
        scope="file",
        forms=("unit_month", "city_month"),
        formula="报表 forms/*.toml 列明的必报行（required_rows）齐全；排名指标的行总是必报；上次报送的行本次没有的，询问 / the rows that the form says must be "
        "there are; the row of the ranked indicator always is; a row that the unit reported last time and now leaves out is asked for",
        message_zh="缺少必报行：指标「{indicator}」{scope}。请补报该行后重新报送；没有发生的填 0。",
        message_en="The row of {indicator}{scope} is missing. Add it and send the file again; 0 where nothing happened.",
        reason="删去一行不等于没有发生 / a row left out does not mean that nothing happened",
        kinds={
            "areas": (
                "缺少必报行：指标「{indicator}」{scope}，{count} 个地区没有（{areas}）。请补报后重新报送。",
                "Rows of {indicator}{scope} are missing for {count} areas ({areas}). Add them and send the file again.",
            ),
            "left_out": (
                "上次（{previous_period}）报送的 {count} 行本表没有：{indicators}。漏报的请补报；不再报送的请在任一行的上报说明中写明“A13”和原因。",
                "{count} rows reported for {previous_period} are not in this file: {indicators}. Add them, or explain in 上报说明 of any row, "
                "naming A13.",
            ),
        },
    ),
    Rule(
        id="G",
        level=2,
        severity="error",
        scope="unit-history",
        forms=("project_month", "dispatch_month", "unit_month", "approval_list"),
        needs="earlier",
        formula="计量单位错位：共同项目 plan_total(t)/plan_total(t−1) 的中位数 ≈ k，且 ytd 比（除以 s_t/s_{t−1}）或 cum_total 比 ≈ k 为强制性，"
        "单一信号为核实性；k 为本表允许的计量单位之比；没有可比的上次数据时，plan_total 超过 3·10⁷ 万元或达到本表中位数的 10⁴ 倍，汇总数按同表项目个数平均超过 5·10⁶ 万元或不足 1 万元、或全县超过 10⁸ 万元为核实性 / slipped unit of amount: two signals, one of them plan_total, are an error; one a query",
        message_zh="与上次（{previous_period}）相比，{signals}。疑计量单位用错（{factor} 倍）。请核对；如是，全表金额应除以 {factor}（系统不作更正）。",
        message_en="Compared with {previous_period}: {signals}. Probably a wrong unit of amount (factor {factor}). If so divide all amounts "
        "by {factor}; nothing is corrected for you.",
        reason="万元、元、亿元混用 / units of amount mixed up",
        checks=(
            _row("G.row", "slip_free", "error", Example({"plan_total": 10, "cum_total": 3}, previous={})),
            _row("G.plan", "plan_slip_free", "query", Example({"plan_total": 1000000}, previous={})),
            Check(
                "G.size",
                "ExpectColumnValuesToBeInSet",
                {"column": "plan_size_fits", "value_set": [True]},
                fields=("plan_total",),
                looks_at=("plan_size_fits",),
                grouped=True,
                forms=("project_month", "dispatch_month", "approval_list"),
                severity="query",
                message_zh="{plan_total}，大小与万元不符：可能填成了元（或该项目在亿元以上清单而填成了亿元）。请核对计量单位。",
                message_en="{plan_total}: not the size of a figure in 万元; perhaps 元, or 亿元 for a project listed above 1 亿. Check the unit.",
                example=Example({"plan_total": 30000001}, {"plan_total": 30000000}),
            ),
            Check(
                "G.whole",
                "ExpectColumnValuesToBeInSet",
                {"column": "total_size_fits", "value_set": [True]},
                fields=("ytd",),
                looks_at=("total_size_fits",),
                grouped=True,
                forms=("unit_month",),
                severity="query",
                message_zh="{ytd}，大小与万元不符：可能全表填成了元或亿元（没有可比的上次数据；每个项目平均超过 500 亿元或不足 1 万元，或全县超过 1 万亿元）。"
                "请核对计量单位；情况属实的请在任一行的上报说明中写明“G”和原因。",
                message_en="{ytd}: not the size of a figure in 万元; perhaps the whole file is in 元 or 亿元 (nothing earlier to compare with; more than 50 billion "
                "yuan or less than 10,000 yuan a project, or more than a trillion in a county). Check the unit, or explain in 上报说明 of any row, naming G.",
                example=Example({"ytd": 100000001}, {"ytd": 100000000}, form="unit_month"),
            ),
        ),
        kinds={
            "query": (
                "与上次（{previous_period}）相比，{signals}。请核对计量单位是否用错（{factor} 倍）；情况属实的请在任一行的上报说明中写明“G”和原因。",
                "Compared with {previous_period}: {signals}. Check the unit of amount (factor {factor}), or explain in 上报说明 "
                "of any row, naming G.",
            )
        },
    ),
)
