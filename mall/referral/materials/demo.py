"""The demo shop's material library: texts about some of its goods."""

from __future__ import annotations

from rich.console import Console
from sqlalchemy import func, select

from mall.catalog.models import Sku, Spu
from mall.catalog.rules import on_shelf_now
from mall.kernel.db import transaction
from mall.referral.materials.models import PromoterMaterial
from mall.referral.materials.saving import create_material
from mall.referral.materials.schemas import MaterialInput

GOODS = 3


def load_demo_materials(console: Console) -> None:
    """A text for each of some products and one for the shop, when there are no materials."""
    console.print(f"{make_materials()} materials for promoters")


def make_materials() -> int:
    """How many were made."""
    with transaction() as session:
        if session.scalar(select(func.count()).select_from(PromoterMaterial)):
            return 0
        one_each = select(func.min(Sku.id)).where(Sku.enabled).group_by(Sku.spu_id)
        goods = session.execute(
            select(Sku.id, Spu.name)
            .join(Spu, Spu.id == Sku.spu_id)
            .where(Sku.id.in_(one_each), on_shelf_now())
            .order_by(Sku.id)
            .limit(GOODS)
        ).all()
    _make("全店推荐", "自己常逛的小店，东西实在，发货也快，欢迎来看看。", [])
    for sku_id, name in goods:
        _make(name[:40], f"{name}：用了一阵子，推荐给你。", [str(sku_id)])
    return 1 + len(goods)


def _make(name: str, text: str, sku_ids: list[str]) -> None:
    body = {"name": name, "text": text, "sku_ids": sku_ids, "accept_warnings": True}
    create_material(None, MaterialInput().load(body))
