"""Why a content may be hidden: a fixed list. A bad review is no reason.

E-Commerce Law article 39: nobody may delete what consumers say of goods; only what another law
forbids may be taken from view. Have a lawyer look at the list before the shop opens.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LegalReason:
    """A ground: its code, what its writer reads, and the law that it comes from."""

    code: str
    label: str
    law: str


_ALL = (
    LegalReason("illegal", "含有法律法规禁止的信息", "《网络信息内容生态治理规定》第六条"),
    LegalReason(
        "privacy", "泄露他人个人信息或隐私", "《民法典》第一千零三十二条、第一千零三十四条"
    ),
    LegalReason("defamation", "侮辱、诽谤他人", "《民法典》第一千零二十四条"),
    LegalReason("portrait", "未经同意使用他人肖像", "《民法典》第一千零一十九条"),
    LegalReason("copyright", "侵犯他人著作权", "《著作权法》第五十三条"),
    LegalReason("fake", "虚假评价（刷单、代写）", "《电子商务法》第十七条"),
    LegalReason("advertisement", "以评价形式发布的广告", "《广告法》第十四条"),
    LegalReason("order", "司法、行政机关要求或权利人有效通知", "《民法典》第一千一百九十五条"),
)
LEGAL_REASONS = {one.code: one for one in _ALL}
