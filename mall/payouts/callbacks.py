"""The address that WeChat calls when a transfer has ended. The signature is the proof."""

from __future__ import annotations

from flask import Response

from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.payments.callback_urls import PREFIX
from mall.payments.callbacks import take_callback

blp = Blueprint("payout_callbacks", __name__, url_prefix=PREFIX)


@blp.route("/transfer", methods=["POST"])
@access.wechat
@blp.response(204, description="Taken; a repeat is taken as well and changes nothing")
@blp.alt_response(401, description="Not WeChat's, or stale: nothing was written")
@blp.alt_response(500, description="Not taken: WeChat repeats it")
def transfer() -> Response:
    """WeChat says how a transfer to a shopper ended."""
    return take_callback("transfer")
