"""The code on a picture: WeChat's mini-program code of the share, or a plain QR code."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from mall.drawing.layouts import QR
from mall.drawing.qr import qr_code
from mall.kernel.db import transaction
from mall.sharing.pictures.models import ShareCode
from mall.sharing.pictures.settings import LINK_PREFIX
from mall.sharing.shares.opening import SHARE_PAGE
from mall.wechat.gateway import gateway


def has_plain_code(layout: dict[str, Any]) -> bool:
    """Whether the layout asks for a plain QR code."""
    return any(box["kind"] == QR for box in layout["boxes"])


def picture_of_code(share_id: int, token: str, layout: dict[str, Any]) -> bytes:
    """The code that a layout asks for, as a picture. Raises what WeChat refuses (WechatError)."""
    if has_plain_code(layout):
        return qr_code(LINK_PREFIX.get() + token)
    return _mini_program_code(share_id, token)


def _mini_program_code(share_id: int, token: str) -> bytes:
    with transaction() as session:
        kept = session.scalar(select(ShareCode.image).where(ShareCode.share_id == share_id))
    if kept is not None:
        return kept
    image = gateway().mini.wxacode(token, SHARE_PAGE)
    with transaction() as session:
        new = insert(ShareCode).values(share_id=share_id, image=image)
        session.execute(new.on_conflict_do_nothing())
    return image
