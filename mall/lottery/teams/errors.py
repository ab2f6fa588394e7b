"""What draws of teams may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound


class LotteryActivityOpen(Conflict):
    """Odds are shown before anybody joins: a lottery is bound before the activity opens."""

    code = "lottery_activity_open"
    message = "须在拼团活动启动之后、开始之前设置抽奖"


class LotteryTooShort(Conflict):
    """Members of the last team would have no time to draw."""

    code = "lottery_too_short"
    message = "抽奖活动须在最后一个团可能结束的一天之后才结束"


class LotteryFreesOthers(Conflict):
    """A prize of the lottery makes orders of another activity free."""

    code = "lottery_frees_others"
    message = "抽奖活动的免单奖品属于另一个拼团活动"


class LotteryIsBox(Conflict):
    """Boxes are counted one by one: there may be none left for the members of a team."""

    code = "lottery_is_box"
    message = "盲盒不能作为拼团抽奖"


class LotteryNotOfActivity(NotFound):
    code = "lottery_not_of_activity"
    message = "该拼团活动没有抽奖"


class LotteryNoFreeOrder(Conflict):
    """Each of the shopper's orders in the activity is free already, or came back."""

    code = "lottery_no_free_order"
    message = "没有可以免单的拼团订单"
