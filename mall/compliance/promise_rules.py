"""Rules of what texts promise, and of what they take for granted. Most of these only warn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from mall.compliance.campaigns import BlindBox, Campaign, Draw, LockedPoints, Wording
from mall.compliance.objections import Objection, refuse, warn
from mall.compliance.wording_rules import found

_PRAISE_PAID = re.compile(r"(?:好评|五星|5星)(?:即)?返(?:现|利|券|红包|积分)?")
_PRAISE = re.compile(r"(?:好评|五星|5星).{0,8}?(?:送|领|得|奖|抵|赠)")
_SAFE_GAIN = re.compile(r"保本|保息|保收益|稳赚|零风险|无风险|只赚不赔")
_GAIN = re.compile(r"理财|年化|收益率|利息|复利|投资回报|钱生钱")
_AS_MONEY = re.compile(
    r"理财|年化|收益率|利息|复利|投资|存款|储蓄|现金|提现|兑现|人民币|[¥￥]|\d+(?:\.\d+)?[元块]"
)
_CHILDREN = re.compile(r"儿童|小朋友|小学生|中学生|未成年")
_PARENTS = re.compile(
    r"(?:让|叫|求|缠着|催)(?:你的|你)?(?:爸爸|妈妈|爸妈|父母|家长|爷爷|奶奶).{0,6}?(?:买|付|下单|充)"
)
_CONSENT = re.compile(r"默认(?:勾选|同意|开通|加入|选中)|自动(?:勾选|开通|加购)")
_RENEWAL = re.compile(r"自动(?:续费|续订|续期|扣费|展期)|到期自动扣")
_CANCELLED = re.compile(r"(?:随时|可|支持).{0,4}(?:取消|关闭|退订)")
_NO_RETURN = re.compile(
    r"(?:概|一律|恕)?不(?:予)?退(?:款|货|换)|(?:售出|拆封|特价|促销|活动)\S{0,6}不退"
)
_PREPAID = re.compile(r"充值|储值|预付|余额")
_PREPAID_LOST = re.compile(r"不退|不可退|不得转让|不可转让|不予补办|不补办|过期作废|到期清零")
_EXAGGERATED = re.compile(
    r"点一下就|天天领现金|现金天天领|人人有(?:奖|份)|必中|百分百中|100[%％]中|秒到账"
)
_ONE_DAY = re.compile(r"仅此一天|仅限今[天日]|今[天日]截止|最后一天|最后24小时")
_COUNT = re.compile(r"(?:限量|仅剩|只剩|仅限|共|前)(\d{1,9})(?:件|份|张|个|名|套|单)")
_CHANCE = re.compile(r"\d+(?:\.\d+)?[%％]|概率|几率|机率|分之")


def praise_for_money(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """Nobody is paid for good reviews. A reward for a review of any kind is another thing."""
    paid = found(_PRAISE_PAID, wording)
    for word in paid:
        yield refuse(f"“{word}”属于利诱好评，奖励不得以好评为条件")
    if not paid:
        for word in found(_PRAISE, wording):
            yield warn(f"“{word}”可能属于利诱好评：奖励不得以好评或五星为条件")


def gain_promised(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """Points and credit aren't sold like money that works. A safe gain is never promised."""
    safe = found(_SAFE_GAIN, wording)
    for word in safe:
        yield refuse(f"“{word}”属于明示或暗示保本、无风险或保收益")
    if not safe:
        for word in found(_GAIN, wording):
            yield warn(f"“{word}”易使人理解为投资理财，须说明仅为积分，并提示规则与风险")


def locked_points(_: LockedPoints, campaign: Campaign) -> Iterator[Objection]:
    """Points that become more are told of in points: they are neither a deposit nor money."""
    for text in (campaign.name, *campaign.texts):
        for word in found(_AS_MONEY, Wording(text)):
            yield refuse(f"“{word}”：积分锁定只以积分表示，不得表述为存款、投资理财或现金回报")


def minors(wording: Wording, campaign: Campaign) -> Iterator[Objection]:
    """Children aren't told to make their parents buy, and chance isn't sold to them."""
    for word in found(_PARENTS, wording):
        yield refuse(f"“{word}”属于劝诱未成年人要求家长购买")
    if any(isinstance(one, Draw | BlindBox) for one in campaign.mechanics):
        for word in found(_CHILDREN, wording):
            yield warn(f"随机抽取的活动写有“{word}”：未成年人参与须有监护人同意，并显著提示")


def consent_by_default(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """What is sold along is chosen, never pre-ticked."""
    for word in found(_CONSENT, wording):
        yield warn(f"“{word}”：搭售的商品或服务不得作为默认同意的选项")


def auto_renewal(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """What renews itself says so before, and can be stopped at any time."""
    if not found(_CANCELLED, wording):
        for word in found(_RENEWAL, wording):
            yield warn(f"“{word}”：须在开通前与每次扣费前显著提醒，并可随时取消")


def no_returns(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """Seven days without a reason stand, but for the goods that the article names."""
    for word in found(_NO_RETURN, wording):
        yield warn(f"“{word}”：除法律列明并经确认的商品外，不得排除七日无理由退货")


def prepaid_terms(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """Who paid ahead gets back what is left; terms that say otherwise are void."""
    if found(_PREPAID, wording):
        for word in found(_PREPAID_LOST, wording):
            yield refuse(f"预付款项写有“{word}”：排除返还、限制转让的格式条款无效")


def exaggerated_titles(wording: Wording, _: Campaign) -> Iterator[Objection]:
    """What is shared doesn't promise more than there is."""
    for word in found(_EXAGGERATED, wording):
        yield warn(f"“{word}”可能属于夸大误导的标题")


def hurry_is_true(wording: Wording, campaign: Campaign) -> Iterator[Objection]:
    """What is said to last a day does."""
    starts_at, ends_at = campaign.starts_at, campaign.ends_at
    if starts_at and ends_at and ends_at - starts_at > timedelta(days=1):
        for word in found(_ONE_DAY, wording):
            yield warn(f"文案写有“{word}”，但活动超过一天，活动信息须真实准确")


def count_is_true(wording: Wording, campaign: Campaign) -> Iterator[Objection]:
    """A number that is said to be all there is isn't higher than what there is."""
    if campaign.quantity is not None:
        for said in found(_COUNT, wording):
            if int(said) > campaign.quantity:
                yield warn(f"文案称有 {said}，活动数量为 {campaign.quantity}，须一致")


def blind_box(box: BlindBox, _: Campaign) -> Iterator[Objection]:
    """What is in it, and how likely, is known before it is bought."""
    if not box.contents:
        yield refuse(f"“{box.what}”须公示可能抽到的商品")
    elif not _CHANCE.search(box.contents):
        yield warn(f"“{box.what}”须公示抽取概率")
