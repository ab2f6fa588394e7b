"""Event handlers have names of their own; what is recent is found by its time."""

import sqlalchemy as sa
from alembic import op

revision = "kernel_0002"
down_revision = "flashsale_0001"
branch_labels = None
depends_on = None

HANDLERS = {
    "mall.shipping.handlers.complete_upload_on_order_shipped": "shipping.complete_report",
    "mall.messages.handlers.send_message_on_order_shipped": "messages.send_shipped",
    "mall.coupons.expiring_message.send_message_on_coupon_expiring_soon": "coupons.send_expiring",
    "mall.coupons.handlers.use_coupons_on_order_paid": "coupons.use",
    "mall.coupons.handlers.give_back_coupons_on_order_refunded": "coupons.give_back",
    "mall.aftersales.handlers.end_after_sales_on_order_refunded": "aftersales.end",
}
BY_TIME = ("stock_movements", "payment_attempts", "after_sales", "reward_grants", "coupons")
RENAME = sa.text("UPDATE event_deliveries SET handler = :new WHERE handler = :old")


def upgrade() -> None:
    for old, new in HANDLERS.items():
        op.execute(RENAME.bindparams(old=old, new=new))
    for table in BY_TIME:
        op.create_index(f"ix_{table}_created_at", table, ["created_at"], postgresql_using="brin")


def downgrade() -> None:
    for table in BY_TIME:
        op.drop_index(f"ix_{table}_created_at", table)
    for old, new in HANDLERS.items():
        op.execute(RENAME.bindparams(old=new, new=old))
