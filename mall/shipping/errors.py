"""What shipping refuses."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotFound, NotPermitted
from mall.kernel.money import yuan
from mall.orders.errors import NotOrderable


class UnknownCarrier(MallError):
    status = 422
    code = "unknown_carrier"
    message = "没有该快递公司，请从快递公司列表中选择"


class NothingToShip(Conflict):
    code = "nothing_to_ship"
    message = "订单没有可发货的商品"


class ParcelAlreadyRecorded(Conflict):
    """The order has a parcel of this carrier and tracking number."""

    code = "parcel_already_recorded"
    message = "该运单号已登记在此订单"


class TooManyParcels(Conflict):
    """WeChat takes 15 parcels for one payment."""

    code = "too_many_parcels"
    message = "一个订单最多分 15 个包裹发货"


class CorrectionUsed(Conflict):
    """WeChat lets a shipment be changed once for each payment."""

    code = "correction_used"
    message = "该订单的运单信息已修改过一次，不能再修改"


class NoSuchShipment(NotFound):
    code = "shipment_not_found"
    message = "发货记录不存在"


class ReportNotFailed(Conflict):
    """Only a failed shipping report is tried again by hand."""

    code = "upload_not_failed"
    message = "该发货信息没有上传失败，无需重试"


class PickupPointUnavailable(Conflict):
    """No such point, or it is closed to new orders."""

    code = "pickup_point_unavailable"
    message = "该自提点暂不可用，请重新选择"


class OrderIsCollected(Conflict):
    """The shopper collects the order: it isn't sent, it is handed out for its code."""

    code = "order_is_collected"
    message = "该订单为到店自提，请凭提货码核销"


class PickupNotFound(NotFound):
    """The order is sent, not collected."""

    code = "pickup_not_found"
    message = "该订单不是自提订单"


class PickupCodeUnknown(NotFound):
    code = "pickup_code_unknown"
    message = "提货码不存在"


class PickupCodeUsed(Conflict):
    code = "pickup_code_used"
    message = "该提货码已核销，不能重复使用"


class PickupCodeVoid(Conflict):
    """The order was closed or refunded before it was collected."""

    code = "pickup_code_void"
    message = "该订单已关闭或退款，提货码已失效"


class PickupElsewhere(Conflict):
    code = "pickup_elsewhere"
    message = "该订单不在此自提点提货"


class NotAClerkHere(NotPermitted):
    """Somebody who is bound to other points."""

    code = "not_a_clerk_here"
    message = "您不是该自提点的核销员"


class RefundUnderWay(Conflict):
    """Goods aren't handed out while money is going back for them."""

    code = "refund_under_way"
    message = "该订单正在退款，暂不能提货"


class PickupPointNotFound(NotFound):
    code = "pickup_point_not_found"
    message = "自提点不存在"


class PickupPointNamed(Conflict):
    code = "pickup_point_name_taken"
    message = "已有同名的自提点"


class PickupPointInUse(Conflict):
    """Orders or points of its till name it: it can be closed, not deleted."""

    code = "pickup_point_in_use"
    message = "该自提点已有订单或积分记录，只能停用，不能删除"


class UnknownClerk(MallError):
    status = 422
    code = "unknown_staff"
    message = "员工不存在"


class TemplateNotFound(NotFound):
    code = "freight_template_not_found"
    message = "运费模板不存在"


class TemplateNamed(Conflict):
    code = "freight_template_name_taken"
    message = "已有同名的运费模板"


class TemplateInUse(Conflict):
    """Products are assigned to it."""

    code = "freight_template_in_use"
    message = "仍有商品使用该运费模板，请先更换"


class AnotherDefault(Conflict):
    """Somebody made another template the default at the same moment."""

    code = "freight_default_changed"
    message = "默认运费模板刚被修改，请重试"


class UnknownProducts(MallError):
    status = 422
    code = "unknown_products"
    message = "部分商品不存在"


class RowRefused(Conflict):
    """Rows of a sheet that can't be shipped; the text says why to staff."""

    code = "row_refused"
    message = "该行无法发货"


class UnitsBeyondOrder(RowRefused):
    """The order has no such SKU, or fewer units of it left to send."""

    def __init__(self, sku_code: str) -> None:
        super().__init__(f"订单中 {sku_code} 可发数量不足，或没有该商品")


class AddressFixed(Conflict):
    """Something has left, WeChat was told, or the order is over."""

    code = "address_fixed"
    message = "订单已发货或已结束，不能再修改地址"


class AddressNotNeeded(Conflict):
    """The shopper collects the order, or nothing is sent of its kind."""

    code = "address_not_needed"
    message = "该订单到店自提或无需寄送，没有地址可改"


class FreightDearer(Conflict):
    """Sending it there costs more; the message says how much."""

    code = "freight_dearer"
    message = "新地址的运费比下单时多"

    def __init__(self, dearer_fen: int) -> None:
        super().__init__(f"新地址的运费比下单时多 {yuan(dearer_fen)} 元", param="region_code")


class Undeliverable(NotOrderable):
    """What a quote shows, and placing refuses, of goods that aren't sent to the address."""

    code = "undeliverable"
    message = "部分商品无法配送到该地区"
