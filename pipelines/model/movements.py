"""变动表: what became of projects since last month, as the county states it with the document it rests on (domain_decisions §1)."""

from __future__ import annotations

from dataclasses import dataclass

SHEET = "变动表"
LEFT = ("退库", "移交")
"""The project is not reported any more: left the library, or went to another unit."""
RENAMED, RECODED = "更名", "改码"
KINDS = (*LEFT, RENAMED, RECODED)
COLUMNS = ("变动类型", "基层表编码", "项目名称", "变动前", "变动后", "变动月份", "依据文号", "变动原因")
"""Headers of the sheet in their order; the first two must be there for it to be read."""
NAMES = ("project_name",)
CODES = ("project_code", "uscc")
"""Fields that 更名 and 改码 let change."""


@dataclass(frozen=True)
class Movement:
    """One line of the sheet. `stat_project_no` is the project's number now (of one that left: its last); `before` and `after` the
    names or codes. Without a document or a reason of at least four characters it excuses nothing."""

    kind: str
    stat_project_no: str
    project_name: str = ""
    before: str = ""
    after: str = ""
    month: str = ""
    doc_no: str = ""
    reason: str = ""

    @property
    def grounded(self) -> bool:
        return self.kind in KINDS and bool(self.stat_project_no) and (bool(self.doc_no) or len(self.reason) >= 4)

    @property
    def old_number(self) -> str | None:
        """The number under which last month had the project, where its own number changed."""
        changed = self.kind == RECODED and self.after == self.stat_project_no and self.before not in ("", self.after)
        return self.before if changed else None
