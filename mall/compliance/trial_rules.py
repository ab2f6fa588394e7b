"""Rules of trials: goods for nothing, in return for a review."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mall.compliance.campaigns import Campaign, FreeTrial, Wording
from mall.compliance.objections import Objection, refuse
from mall.compliance.wording_rules import found

_PRAISE = re.compile(
    r"好评|(?:五|5)(?:颗)?星|满分|正面评价|只写优点|不(?:得|能|要|可|许)(?:给|写)?差评"
)
# Words that leave the writer free: 好评差评都可以, 无需好评.
_FREE = re.compile(r"好评差评|差评好评|(?:不|无)(?:必|须|需|用|要求|限于?)(?:给|写)?好评")


def trial_review(trial: FreeTrial, campaign: Campaign) -> Iterator[Objection]:
    """The review of a trial is marked as one, and isn't asked to praise."""
    if not trial.asks_review:
        return
    if not trial.review_is_marked:
        yield refuse(f"免费试用“{trial.what}”的评价须显著标明“试用”")
    for text in (campaign.name, *campaign.texts):
        said = Wording(_FREE.sub("", "".join(text.split())))
        for word in found(_PRAISE, said):
            yield refuse(f"“{word}”：试用不得要求好评或指定评价内容")
