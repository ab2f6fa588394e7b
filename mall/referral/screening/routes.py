"""What a shopper's client tells about its device."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.referral.screening.schemas import DeviceInput
from mall.referral.screening.traits import keep_device

blp = Blueprint("devices", __name__, url_prefix="/api/v1", description="设备标识")


@blp.route("/me/device", methods=["PUT"])
@access.shopper
@blp.arguments(DeviceInput)
@blp.response(204)
def tell_device(body: dict[str, Any]) -> None:
    """On which device I am; only a keyed hash is kept, against fake invitations."""
    with transaction() as session:
        keep_device(session, current_shopper().user_id, body["device"])
