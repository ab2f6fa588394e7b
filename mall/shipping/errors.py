"""What shipping refuses."""

from __future__ import annotations

from mall.kernel.errors import Conflict, MallError, NotFound


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


class UploadNotFailed(Conflict):
    """Only a failed upload is tried again by hand."""

    code = "upload_not_failed"
    message = "该发货信息没有上传失败，无需重试"
