"""What flash sales may refuse."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class SlotNotFound(NotFound):
    code = "flash_slot_not_found"
    message = "秒杀时段不存在"


class SessionNotFound(NotFound):
    """No such session, or one that shoppers may not see yet."""

    code = "flash_session_not_found"
    message = "秒杀场次不存在"


class ItemNotFound(NotFound):
    code = "flash_item_not_found"
    message = "秒杀商品不存在"


class SlotsOverlap(Conflict):
    """Two enabled slots would run at the same time of the day."""

    code = "flash_slots_overlap"
    message = "与已有时段重叠"


class SlotInUse(Conflict):
    code = "flash_slot_in_use"
    message = "该时段已有场次，不能删除或修改时间"


class SlotTaken(Conflict):
    """The slot already has a session on that day."""

    code = "flash_slot_taken"
    message = "该日期的这个时段已有场次"


class SessionsOverlap(Conflict):
    """A SKU would be in two sessions at the same time."""

    code = "flash_sessions_overlap"
    message = "有商品在同一时间参加了其他秒杀场次"


class FirstOrdersOverlap(Conflict):
    """Somebody new would have a first order in each of two sessions."""

    code = "flash_first_orders_overlap"
    message = "同一时间只能有一个首单场次"


class ItemTwice(Conflict):
    code = "flash_item_twice"
    message = "该商品已在本场次中"


class SessionFull(Conflict):
    code = "flash_session_full"
    message = "每个场次最多 100 个商品"


class StockShort(Conflict):
    """A session is announced only with stock that the shop has; `param` is the SKU's id."""

    code = "flash_stock_short"
    message = "可售库存少于秒杀库存"

    def __init__(self, sku_id: int, wanted: int, sellable: int) -> None:
        super().__init__(
            f"秒杀库存 {wanted} 件，可售仅 {sellable} 件，请补货或调整后再就绪", param=str(sku_id)
        )


class SessionNotDraft(Conflict):
    """Once armed, neither the session nor its items can be changed."""

    code = "flash_session_not_draft"
    message = "场次已就绪，不能再修改"


class SessionNotIn(Conflict):
    """The session's state doesn't allow the step."""

    code = "flash_session_state"
    message = "场次当前状态无法执行该操作"


class SessionStarted(Conflict):
    code = "flash_session_started"
    message = "场次已经开始"


class SessionOver(Conflict):
    code = "flash_session_over"
    message = "场次已过结束时间"


class SessionTooLong(ValidationFailed):
    code = "flash_session_too_long"
    message = "场次最长 31 天"


class SessionEmpty(Conflict):
    code = "flash_session_empty"
    message = "场次中没有商品"


class ItemNotForSale(Conflict):
    code = "flash_item_not_for_sale"
    message = "商品未上架，不能参加秒杀"


class SkuSoldOtherwise(Conflict):
    """Another feature alone sells the SKU (as blind boxes, for points); `param` is its id."""

    code = "flash_sku_sold_otherwise"
    message = "该商品只能在其专属活动中购买，不能参加秒杀"


class SkuUnknown(ValidationFailed):
    code = "flash_sku_unknown"
    message = "商品规格不存在"


class PriceNotLower(ValidationFailed):
    """A flash price is below the SKU's own, or it is no sale."""

    code = "flash_price_not_lower"
    message = "秒杀价须低于售价"


class ContentsMissing(ValidationFailed):
    """A lucky bag may hide which, not what: its possible contents are told."""

    code = "flash_contents_missing"
    message = "福袋须公示可能包含的内容"


class FirstOrderTerms(ValidationFailed):
    """A first order is one unit of one item, by somebody who has never paid here."""

    code = "flash_first_order_terms"
    message = "首单场次仅限新客，每人限购一件"


class SplitWithSessionLimit(ValidationFailed):
    """A limit over a session counts in one place, so its items can't be spread."""

    code = "flash_split_with_session_limit"
    message = "设有场次限购时，商品库存不能拆分"
