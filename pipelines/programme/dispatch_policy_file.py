"""dispatch.toml of a programme: read as `model.dispatch_policy.DispatchPolicy`; here what no single value can tell."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from ..errors import ConfigError
from ..model.dispatch_policy import DEFAULT_POLICY, DispatchPolicy
from .csv_lines import Lines
from .error_list import ErrorList
from .files import TargetRow
from .toml_lines import line_of, read_model
from .value_errors import Location

FILE = "dispatch.toml"


def load_policy(path: Path, targets: Lines[TargetRow], errors: ErrorList) -> DispatchPolicy:
    """The policy of the file; the defaults of domain.md §4.3 where a programme has none, or a wrong one (then `errors` says so)."""
    if not path.exists():
        return DEFAULT_POLICY
    policy, text = read_model(path, DispatchPolicy, errors)
    if policy is None:
        return DEFAULT_POLICY
    _PolicyCheck(path, text, policy, errors).check(targets)
    return policy


class _PolicyCheck:
    """Keys once each, weights of 100, anchors apart, campaigns that end after they begin and name what exists."""

    def __init__(self, path: Path, text: str, policy: DispatchPolicy, errors: ErrorList) -> None:
        self._path, self._text, self._policy, self._errors = path, text, policy, errors

    def check(self, targets: Lines[TargetRow]) -> None:
        self._once()
        self._numbers()
        self._targets(targets)
        self._campaigns()

    def _wrong(self, location: Location, zh: str, en: str, allowed: tuple[str, ...] = (), value: object = None) -> None:
        line = line_of(self._text, location) or line_of(self._text, location[:2]) or 1
        self._errors.add(ConfigError(self._path, line, zh, en, allowed, value))

    def _once(self) -> None:
        policy = self._policy
        keyed: dict[str, list[str]] = {
            "steps": [step.key for step in policy.steps],
            "criteria": [criterion.key for criterion in policy.criteria],
            "factors": [factor.key for factor in policy.factors],
            "lists": [rule.code for rule in policy.lists],
            "campaigns": [campaign.code for campaign in policy.campaigns],
            "target_names": [name.id for name in policy.target_names],
            "comparisons": [comparison.id for comparison in policy.comparisons],
            "issue_classes": [kind.code for kind in policy.issue_classes],
        }
        for table, keys in keyed.items():
            for number, key in enumerate(keys):
                if keys.index(key) != number:
                    self._wrong((table, number), f"{table} 重复：{key}", f"{table}: given twice: {key}", value=key)

    def _numbers(self) -> None:
        policy = self._policy
        total = sum((criterion.weight for criterion in policy.criteria), Decimal(0))
        if total != 100:
            self._wrong(
                ("criteria", 0, "weight"),
                "择优标准的权重之和须为 100",
                "the weights of the criteria must sum to 100",
                value=total,
            )
        for number, criterion in enumerate(policy.criteria):
            if criterion.worst == criterion.best:
                self._wrong(("criteria", number, "best"), "worst 与 best 相同", "worst and best are the same")
        if policy.lights.red >= policy.lights.green:
            self._wrong(("lights", "red"), "红灯线须低于绿灯线", "the red line must lie below the green one")

    def _targets(self, targets: Lines[TargetRow]) -> None:
        known = {(t.metric, t.scope, t.comparator, t.window) for _, t in targets}
        for number, name in enumerate(self._policy.target_names):
            if (name.metric, name.scope, name.comparator, name.window) not in known:
                self._wrong(
                    ("target_names", number, "id"),
                    f"targets.csv 没有 {name.id} 所指的目标",
                    f"targets.csv has no target for {name.id}",
                    value=name.id,
                )

    def _campaigns(self) -> None:
        policy = self._policy
        lists = tuple(rule.code for rule in policy.lists)
        targets = tuple(name.id for name in policy.target_names)
        codes = tuple(campaign.code for campaign in policy.campaigns)
        for number, campaign in enumerate(policy.campaigns):
            if campaign.ends < campaign.starts:
                self._wrong(("campaigns", number, "ends"), "行动结束早于开始", "the campaign ends before it begins")
            named: tuple[tuple[str, tuple[str, ...], tuple[str, ...], str, str], ...] = (
                ("lists", campaign.lists, lists, "清单", "list"),
                ("targets", campaign.targets, targets, "目标", "target"),
                ("parent", (campaign.parent,) if campaign.parent else (), codes, "上级行动", "parent campaign"),
            )
            for key, names, known, zh, en in named:
                for unknown in [name for name in names if name not in known]:
                    self._wrong(
                        ("campaigns", number, key), f"没有{zh} {unknown}", f"no such {en}: {unknown}", known, unknown
                    )
