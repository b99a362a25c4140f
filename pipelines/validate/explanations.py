"""When a query counts as answered: the row's 上报说明 says something (domain.md §2.7: at least ten characters; domain_decisions §7: ten
characters of 情况属实 are not an explanation)."""

from __future__ import annotations

import re
import unicodedata

from expectations.catalogue.void_entries import STANDS, VOID_NAME, VOID_REMARK

MINIMUM = 10
_EMPTY_WORDS = re.compile(
    r"(?:以上|上述|本表|填报)?(?:情况|数据|数字|内容)?(?:均|都|完全)?(?:真实有效|真实可靠|真实准确|属实|真实|无误|准确|有效|正确|正常)"
    r"|(?:已|经|均已|业经)?(?:认真|逐项|再次)?(?:核实|核对|复核|审核)(?:过|后)?|与?实际(?:情况)?(?:相符|一致|符合)|符合实际(?:情况)?|无?(?:其他)?异常(?:情况)?"
    r"|(?:请|敬请)?(?:予以?|给予)?(?:审核|核准|审批)?通过|请审核|请审批|请批准|同意|特此说明|特此证明|按(?:要求|规定|实际)填报|(?:暂|另)?无说明|无需说明"
    r"|情况说明|上报说明|(?:具体|详)?(?:情况)?(?:请|详)?见附件|同上|测试|谢谢(?:领导)?|与?台账(?:相符|一致)|没有问题"
)
_DISTINCT = 4
_VOID, _VOID_NAME = re.compile(VOID_REMARK), re.compile(VOID_NAME)
_STANDS = re.compile(STANDS)
"""A remark that voids its row explains none of its figures (B16)."""


def adequate(explanation: str | None) -> bool:
    """At least ten characters (punctuation and spaces not counted), and more than assurances, requests to let it pass, digits and
    repeated characters; and not that the row is void."""
    if not explanation or voids(explanation):
        return False
    text = "".join(c for c in unicodedata.normalize("NFKC", explanation) if unicodedata.category(c)[0] in "LN")
    return len(text) >= MINIMUM and len(set(filter(str.isalpha, _EMPTY_WORDS.sub("", text)))) >= _DISTINCT


def voids(explanation: str) -> bool:
    """The remark says that its row is not meant: 此行作废, 重复请删除."""
    return bool(_VOID.search(explanation)) and not _STANDS.search(explanation)


def voids_name(name: str) -> bool:
    """The name of an entry says that it is not meant: 项目（删除）."""
    return bool(_VOID_NAME.search(name))


def names_rule(explanation: str | None, rule: str) -> bool:
    """An adequate explanation that names the rule: how a query about the whole file is answered in some row."""
    return adequate(explanation) and bool(re.search(rf"(?<![0-9A-Z]){rule}(?![0-9A-Z])", (explanation or "").upper()))
