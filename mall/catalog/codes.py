"""Ways into the mini-program: a product's code image, and a link from outside WeChat."""

from __future__ import annotations

import structlog
from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.errors import ProductCodeUnavailable, ProductNotFound
from mall.catalog.models import Spu, SpuCode
from mall.catalog.rules import on_shelf_now
from mall.kernel.db import transaction
from mall.staff.audit import record
from mall.wechat.errors import WechatError
from mall.wechat.gateway import gateway

PRODUCT_PAGE = "pages/product/index"
"""The mini-program's page of a product; it gets `id=…` as its scene or query."""


def product_code(spu_id: int) -> bytes:
    """The JPEG of a product on the shelf, asked of WeChat once and kept.

    Raises ProductNotFound, ProductCodeUnavailable.
    """
    with transaction() as session:
        if not _is_on_shelf(session, spu_id):
            raise ProductNotFound
        kept = session.scalar(select(SpuCode.image).where(SpuCode.spu_id == spu_id))
    if kept is not None:
        return kept
    try:
        image = gateway().mini.wxacode(f"id={spu_id}", PRODUCT_PAGE)
    except WechatError as fault:
        raise unavailable(fault) from None
    with transaction() as session:
        session.execute(insert(SpuCode).values(spu_id=spu_id, image=image).on_conflict_do_nothing())
    return image


def product_link(spu_id: int, expire_days: int) -> str:
    """A link for messages outside WeChat, good for 1 to 30 days. Leaves an audit row.

    Raises ProductNotFound, ProductCodeUnavailable.
    """
    with transaction() as session:
        if not _is_on_shelf(session, spu_id):
            raise ProductNotFound
    try:
        link = gateway().mini.url_link(PRODUCT_PAGE, f"id={spu_id}", expire_days)
    except WechatError as fault:
        raise unavailable(fault) from None
    with transaction() as session:
        record(
            session,
            action="spu.link",
            target_type="spu",
            target_id=spu_id,
            after={"url_link": link, "expire_days": expire_days},
        )
    return link


def _is_on_shelf(session: Session, spu_id: int) -> bool:
    return bool(session.scalar(select(exists().where(Spu.id == spu_id, on_shelf_now()))))


def unavailable(fault: WechatError) -> ProductCodeUnavailable:
    """What a shopper is told when WeChat made no code or link; the log says why."""
    structlog.get_logger("mall.catalog").warning("no code from wechat", error=str(fault)[:200])
    return ProductCodeUnavailable()
