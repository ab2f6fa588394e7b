"""Closing one's account over HTTP."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.users import closing, schemas
from mall.users.settings import RETURNING_DAYS

blp = Blueprint(
    "account_closure", __name__, url_prefix="/api/v1/me/closure", description="账号注销"
)
CONSEQUENCES = (
    "注销后无法恢复：昵称、头像、手机号、收货地址等个人信息将被删除，优惠券等权益作废，"
    "已完成的订单不能再申请售后；订单和支付记录依法保留。同一微信可以重新注册为新用户。"
)
RETURNING = (
    "下过单的，按隐私政策约定，注销后 {} 天内保留加密的账号标识，仅用于避免重复领取新客优惠。"
)


@blp.route("", methods=["GET"])
@access.shopper
@blp.response(200, schemas.ClosureSchema)
def show_closure() -> dict[str, Any]:
    """Whether the account can be closed now, what hinders it, what closing means, and what is
    lost by it."""
    session, user_id = db.session(), current_shopper().user_id
    found = closing.hindrances(session, user_id)
    days = RETURNING_DAYS.get()
    return {
        "possible": not found,
        "hindrances": found,
        "consequences": CONSEQUENCES + (RETURNING.format(days) if days else ""),
        "losses": closing.losses(session, user_id),
    }


@blp.route("", methods=["POST"])
@access.shopper
@blp.arguments(schemas.ClosureRequestSchema)
@blp.response(204)
@blp.fails("account_in_use")
def close_account(_body: dict[str, bool]) -> None:
    """Close the account for good. Every login ends, this one too."""
    closing.close_account(current_shopper().user_id)
