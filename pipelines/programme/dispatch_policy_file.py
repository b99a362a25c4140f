"""dispatch.toml of a programme: read as `model.dispatch_policy.DispatchPolicy`; here what no single value can tell."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from ..errors import ConfigError
from ..model.dispatch_policy import DispatchPolicy
from .files import TargetRow
from .toml_lines import line_of

FILE = "dispatch.toml"


def check_policy(path: Path, text: str, policy: DispatchPolicy, targets: Sequence[TargetRow]) -> None:
    """Keys once each, weights of 100, anchors apart, campaigns that end after they begin and name lists and targets that exist."""

    def wrong(location: tuple[str | int, ...], zh: str, en: str, allowed: tuple[str, ...] = ()) -> ConfigError:
        return ConfigError(path, line_of(text, location), zh, en, allowed)

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
                raise wrong((table, number), f"{table} 重复:{key}", f"{table}: given twice: {key}")
    if sum((c.weight for c in policy.criteria), Decimal(0)) != 100:
        raise wrong(("criteria", 0), "择优标准的权重之和须为 100", "the weights of the criteria must sum to 100")
    for number, criterion in enumerate(policy.criteria):
        if criterion.worst == criterion.best:
            raise wrong(("criteria", number), "worst 与 best 相同", "worst and best are the same")
    if policy.lights.red >= policy.lights.green:
        raise wrong(("lights",), "红灯线须低于绿灯线", "the red line must lie below the green one")
    known_targets = {(t.metric, t.scope, t.comparator, t.window) for t in targets}
    for number, name in enumerate(policy.target_names):
        if (name.metric, name.scope, name.comparator, name.window) not in known_targets:
            raise wrong(
                ("target_names", number),
                f"targets.csv 没有 {name.id} 所指的目标",
                f"targets.csv has no target for {name.id}",
            )
    lists, names_of_targets = tuple(keyed["lists"]), tuple(keyed["target_names"])
    for number, campaign in enumerate(policy.campaigns):
        if campaign.ends < campaign.starts:
            raise wrong(("campaigns", number), "行动结束早于开始", "the campaign ends before it begins")
        checks: tuple[tuple[tuple[str, ...], tuple[str, ...], str, str], ...] = (
            (campaign.lists, lists, "清单", "list"),
            (campaign.targets, names_of_targets, "目标", "target"),
            ((campaign.parent,) if campaign.parent else (), tuple(keyed["campaigns"]), "上级行动", "parent campaign"),
        )
        for names, known, zh, en in checks:
            for unknown in [name for name in names if name not in known]:
                raise wrong(("campaigns", number), f"没有{zh} {unknown}", f"no such {en}: {unknown}", known)
