"""The rules of a race in words, as shoppers read them. They follow from its terms."""

from __future__ import annotations

from datetime import datetime

from mall.games.races.terms import CHECK_IN, MISSION, PrizeTerm, ScoreTerm, Terms
from mall.kernel.clock import SHOP_ZONE


def rules_text(terms: Terms) -> tuple[str, ...]:
    """Sentences for the terms of a race."""
    return (
        f"活动时间：{_shown(terms.starts_at)} 至 {_shown(terms.ends_at)}",
        f"每队最多 {terms.team_size} 人，{_shown(terms.joins_until)} 前可创建、加入或退出队伍；"
        "每人同一时间只能在一支队伍中，邀请好友入队本身不产生积分或奖励",
        *(_score(one) for one in terms.scores),
        "积分计入完成时所在的队伍，入队前完成的不计；退出后留在原队，全队退出的队伍不参与排名",
        "总分相同的，先达到该分数的队伍在前",
        *(_prize(one) for one in terms.prizes),
        f"活动结束 {terms.wait_h} 小时后确定最终名次并发放奖品；此前退款或被撤销的，积分相应扣除，"
        "此后名次不再变动；作弊的队伍不参与排名",
    )


def _score(one: ScoreTerm) -> str:
    if one.kind == CHECK_IN:
        return f"当日签到一次得 {one.points} 分，补签不计"
    if one.kind == MISSION:
        what = f"任务“{one.name}”" if one.mission_id else "一项任务（分享、关注、邀请类任务除外）"
        return f"完成{what}得 {one.points} 分"
    return f"活动期间付款的订单，过了售后期后按商品实付金额每满 1 元得 {one.points} 分，不含运费"


def _prize(prize: PrizeTerm) -> str:
    ranks = f"第 {prize.first_rank} 名"
    if prize.last_rank > prize.first_rank:
        ranks = f"第 {prize.first_rank} 至 {prize.last_rank} 名"
    return f"{ranks}的队伍，每位队员可获“{prize.name}”"


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHOP_ZONE):%Y-%m-%d %H:%M}"
