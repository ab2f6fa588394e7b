"""Flash sales: Redis admits, PostgreSQL decides."""

from __future__ import annotations

from flask import Flask

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.config import Config
from mall.flashsale import metrics
from mall.flashsale.attention import UNARMED_SALES
from mall.flashsale.cli import flash_worker
from mall.flashsale.demo import load_demo_sales
from mall.flashsale.gate.store import init_store
from mall.flashsale.gate_invariants import INVARIANTS as GATE_INVARIANTS
from mall.flashsale.invariants import INVARIANTS
from mall.flashsale.orders import participant
from mall.flashsale.orders.kind import FLASH
from mall.flashsale.planning import aborting, admin, jobs
from mall.flashsale.planning.describing import FLASH_SESSIONS
from mall.flashsale.public import reminding
from mall.flashsale.public import routes as public_routes
from mall.flashsale.public.closed_accounts import REMINDERS
from mall.flashsale.public.page import SESSION_PAGE
from mall.flashsale.purchase import admission
from mall.flashsale.purchase import routes as purchase_routes
from mall.flashsale.purchase.admission import init_admission
from mall.flashsale.purchase.event_loop import FlashPurchases
from mall.flashsale.purchase.request_parsing import SALES
from mall.flashsale.reconciliation import reconciling
from mall.flashsale.settings import SETTINGS as OWN
from mall.inventory.holds import HOLDS, StockHold
from mall.kernel.features import Mall
from mall.kernel.http.front import LOOP_ROUTES, LoopRoutes
from mall.messages.kinds import KINDS
from mall.orders.kinds import ORDER_KINDS
from mall.orders.participants import PARTICIPANTS
from mall.settings import SETTINGS
from mall.sharing.pages.kinds import PAGE_KINDS
from mall.users.erasing import ERASERS

_UNSOLD = """
    SELECT i.sku_id, i.stock - i.sold - i.returned AS units
    FROM flash_items i JOIN flash_sessions f ON f.id = i.session_id
    WHERE f.armed_at IS NOT NULL
"""


def install(mall: Mall) -> None:
    """Declare flash sales."""
    mall.add(SETTINGS, *OWN)
    mall.setup(_open_gate)
    mall.blueprints(purchase_routes.blp, public_routes.blp, admin.blp)
    mall.permissions(
        {
            "flash:read": "查看秒杀时段、场次、商品与实时数据",
            "flash:write": "管理秒杀场次：就绪、暂停、恢复、中止",
        }
    )
    mall.jobs(aborting, jobs, participant, reconciling, reminding)
    mall.metrics(admission, metrics)
    mall.add(ORDER_KINDS, FLASH)
    mall.add(PARTICIPANTS, participant.FlashParticipant())
    mall.add(KINDS, reminding.KIND)
    mall.add(PAGE_KINDS, SESSION_PAGE)
    mall.add(ERASERS, REMINDERS)
    mall.add(LOOP_ROUTES, LoopRoutes(SALES, FlashPurchases))
    mall.add(HOLDS, StockHold("flash sales", _UNSOLD))
    mall.add(CAMPAIGN_SOURCES, FLASH_SESSIONS)
    mall.invariants(*INVARIANTS, *GATE_INVARIANTS)
    mall.attention(UNARMED_SALES)
    mall.commands(flash_worker)
    mall.demo("flash sales", load_demo_sales)


def _open_gate(app: Flask, config: Config) -> None:
    init_admission(app, config, init_store(app, config))
