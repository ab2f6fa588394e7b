"""What blind boxes may refuse."""

from __future__ import annotations

from collections.abc import Collection

from mall.kernel.errors import Conflict, NotFound, ValidationFailed
from mall.lottery.boxes.names import RETURN_DAYS
from mall.orders.errors import NotOrderable
from mall.pricing.quote import Obstacle


class BoxNotFound(NotFound):
    """The lottery isn't sold as blind boxes."""

    code = "box_not_found"
    message = "该活动没有盲盒出售"


class BoxBound(Conflict):
    """The lottery has its box already."""

    code = "box_bound"
    message = "该活动已设置盲盒"


class BoxSkuInFlashSale(Conflict):
    """The SKU is in a flash sale that isn't over: there it would be sold without a chance."""

    code = "box_sku_in_flash_sale"
    message = "该商品正在参加秒杀，不能设为盲盒"


class BoxStarted(Conflict):
    """From its start on nothing is changed."""

    code = "box_started"
    message = "活动已开始，盲盒设置不能修改"


class BoxTableInvalid(Conflict):
    """The table is none of blind boxes; the message says why."""

    code = "box_table_invalid"
    message = "奖品设置不能作为盲盒"


class BoxAgeUnconfirmed(ValidationFailed):
    """Children under 8 buy no blind box, those under 18 with their guardian's consent."""

    code = "box_age_unconfirmed"
    message = "请确认已满 18 周岁，或已满 8 周岁并取得监护人同意"


class BoxDrawnByTeams(Conflict):
    """Members of teams were told that they may draw: their chances aren't for sale."""

    code = "box_drawn_by_teams"
    message = "该抽奖活动已用于拼团，不能作为盲盒出售"


class BoxesGone(Conflict):
    """All boxes were opened or are promised to somebody."""

    code = "boxes_gone"
    message = "盲盒已售完"


class BoxDailyCap(Conflict):
    """The message says the cap."""

    code = "box_daily_cap"
    message = "今日购买数量已达上限"


class BoxSoldAlone(NotOrderable):
    """What a quote shows, and placing refuses, of a SKU that is sold as blind boxes, on the page
    of its lottery."""

    code = "box_sold_alone"
    message = "该商品为盲盒，请在盲盒页面购买"

    def __init__(self, sku_ids: Collection[int] = ()) -> None:
        self.obstacle = Obstacle(self.code, self.message, frozenset(sku_ids))
        super().__init__(self.obstacle)


class BoxOpened(Conflict):
    """More units than there are unopened boxes of the order."""

    code = "box_opened"
    message = "已拆开的盲盒不能退款"


class BoxReturnTooLate(Conflict):
    code = "box_return_too_late"
    message = f"盲盒发放已超过 {RETURN_DAYS} 日"
