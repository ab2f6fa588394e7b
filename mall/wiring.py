"""The one place that knows every feature: blueprints, participants, handlers, jobs."""

from __future__ import annotations

from flask import Flask

from mall.aftersales import admin as aftersales_admin
from mall.aftersales import handlers as aftersales_handlers
from mall.aftersales import jobs as aftersales_jobs  # noqa: F401
from mall.aftersales import routes as aftersales
from mall.aftersales.participant import AfterSalesParticipant
from mall.cart import routes as cart
from mall.catalog import admin as catalog_admin
from mall.catalog import admin_bulk as catalog_bulk
from mall.catalog import admin_taxonomy as catalog_taxonomy
from mall.catalog import jobs as catalog_jobs  # noqa: F401
from mall.catalog import routes as catalog
from mall.catalog.answers import find_ready
from mall.config import Settings
from mall.coupons import admin as coupons_admin
from mall.coupons import handlers as coupons_handlers
from mall.coupons import jobs as coupons_jobs  # noqa: F401
from mall.coupons import participant as coupons_participant
from mall.coupons import routes as coupons
from mall.coupons.events import CouponExpiringSoon
from mall.coupons.expiring_message import COUPON_EXPIRING, send_message_on_coupon_expiring_soon
from mall.coupons.granter import CouponGranter
from mall.doctor import jobs as doctor_jobs  # noqa: F401
from mall.flashsale import aborting as flashsale_aborting  # noqa: F401
from mall.flashsale import admin as flashsale_admin
from mall.flashsale import jobs as flashsale_jobs  # noqa: F401
from mall.flashsale import purchase_routes as flash_purchases
from mall.flashsale import reconciling as flashsale_reconciling  # noqa: F401
from mall.flashsale import reminding as flashsale_reminding
from mall.flashsale import routes as flashsale
from mall.flashsale.admission import init_admission
from mall.flashsale.fast_path.wsgi import init_fast_path
from mall.flashsale.gate.store import init_store
from mall.flashsale.participant import FlashParticipant
from mall.inventory import admin as stock_admin
from mall.inventory import admin_bulk as stock_bulk
from mall.inventory import jobs as stock_jobs  # noqa: F401
from mall.inventory import routes as stock
from mall.kernel.events import subscribe
from mall.kernel.http import access
from mall.kernel.http.api import MallApi
from mall.kernel.http.ready import init_ready
from mall.messages import admin as messages_admin
from mall.messages import handlers as messages_handlers
from mall.messages import kinds as message_kinds
from mall.messages import push_routes
from mall.messages import routes as messages
from mall.orders import admin as orders_admin
from mall.orders import jobs as orders_jobs  # noqa: F401
from mall.orders import participants
from mall.orders import routes as orders
from mall.orders.events import OrderPaid, OrderRefunded, OrderShipped
from mall.payments import admin as payments_admin
from mall.payments import callbacks as payment_callbacks
from mall.payments import jobs as payments_jobs  # noqa: F401
from mall.payments import reconciliation_admin
from mall.payments import routes as payments
from mall.payments.order_keys import order_key
from mall.promotions import admin as promotions_admin
from mall.promotions import routes as promotions
from mall.promotions.participant import PromotionsParticipant
from mall.rewards import admin as rewards_admin
from mall.rewards import granters
from mall.shipping import admin as shipping_admin
from mall.shipping import freight_admin, pickup_admin, uploads
from mall.shipping import handlers as shipping_handlers
from mall.shipping import routes as shipping
from mall.shipping.freight import FreightParticipant
from mall.staff import admin as staff_admin
from mall.staff.sessions import staff_by_token
from mall.uploads import admin as uploads_admin
from mall.uploads import jobs as uploads_jobs  # noqa: F401
from mall.uploads import routes as uploads_routes
from mall.uploads.storage import init_storage
from mall.users import admin as users_admin
from mall.users import jobs as users_jobs  # noqa: F401
from mall.users import routes as users
from mall.users.sessions import shopper_by_token
from mall.wechat import push_events


def wire(app: Flask, api: MallApi, settings: Settings) -> None:
    """Plug every feature into the app."""
    access.init_access(app, shopper_by_token=shopper_by_token, staff_by_token=staff_by_token)
    api.register_blueprint(staff_admin.blp)
    init_ready(app, settings, find_ready)
    api.register_blueprint(users.blp)
    api.register_blueprint(users_admin.blp)
    init_storage(app, settings)
    api.register_blueprint(uploads_routes.blp)
    api.register_blueprint(uploads_admin.blp)
    api.register_blueprint(catalog.blp)
    api.register_blueprint(catalog_admin.blp)
    api.register_blueprint(catalog_taxonomy.blp)
    api.register_blueprint(catalog_bulk.blp)
    api.register_blueprint(stock.blp)
    api.register_blueprint(stock_admin.blp)
    api.register_blueprint(stock_bulk.blp)
    api.register_blueprint(cart.blp)
    api.register_blueprint(orders.blp)
    api.register_blueprint(orders_admin.blp)
    api.register_blueprint(payments.blp)
    api.register_blueprint(payment_callbacks.blp)
    api.register_blueprint(payments_admin.blp)
    api.register_blueprint(reconciliation_admin.blp)
    api.register_blueprint(shipping.blp)
    api.register_blueprint(shipping_admin.blp)
    api.register_blueprint(aftersales.blp)
    api.register_blueprint(aftersales_admin.blp)
    api.register_blueprint(freight_admin.blp)
    api.register_blueprint(pickup_admin.blp)
    api.register_blueprint(promotions.blp)
    api.register_blueprint(promotions_admin.blp)
    api.register_blueprint(rewards_admin.blp)
    api.register_blueprint(coupons.blp)
    api.register_blueprint(coupons_admin.blp)
    api.register_blueprint(messages.blp)
    api.register_blueprint(messages_admin.blp)
    app.register_blueprint(push_routes.blp)
    participants.register(FreightParticipant())
    participants.register(PromotionsParticipant())
    participants.register(
        coupons_participant.CouponsParticipant(), offers=coupons_participant.offers
    )
    granters.register(CouponGranter())
    participants.register(AfterSalesParticipant())
    uploads.register_order_key(order_key)
    message_kinds.register(COUPON_EXPIRING)
    message_kinds.register(flashsale_reminding.KIND)
    _wire_flash_sales(app, api, settings)
    _listen_to_events()
    _listen_to_pushes()


def _wire_flash_sales(app: Flask, api: MallApi, settings: Settings) -> None:
    init_fast_path(app, settings, init_admission(app, settings, init_store(app, settings)))
    api.register_blueprint(flash_purchases.blp)
    api.register_blueprint(flashsale.blp)
    api.register_blueprint(flashsale_admin.blp)
    participants.register(FlashParticipant())


def _listen_to_events() -> None:
    subscribe(OrderShipped, shipping_handlers.complete_upload_on_order_shipped)
    subscribe(OrderShipped, messages_handlers.send_message_on_order_shipped)
    subscribe(CouponExpiringSoon, send_message_on_coupon_expiring_soon)
    subscribe(OrderPaid, coupons_handlers.use_coupons_on_order_paid)
    subscribe(OrderRefunded, coupons_handlers.give_back_coupons_on_order_refunded)
    subscribe(OrderRefunded, aftersales_handlers.end_after_sales_on_order_refunded)


def _listen_to_pushes() -> None:
    on = push_events.on
    on("trade_manage_order_settlement", messages_handlers.confirm_receipt_on_settlement)
    on("trade_manage_remind_shipping", messages_handlers.warn_of_reminder)
    on("trade_manage_remind_access_api", messages_handlers.warn_of_reminder)
    on("wxa_trade_controlled", messages_handlers.warn_of_reminder)
    on("subscribe_msg_popup_event", messages_handlers.count_answers_to_prompt)
    on("subscribe_msg_change_event", messages_handlers.empty_wallet_on_rejection)
    on("subscribe_msg_sent_event", messages_handlers.empty_wallet_on_failed_delivery)
