"""Tables of mall.settings. Takes over what the environment said of shop policy."""

import os

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "settings_0001"
down_revision = "inventory_0002"
branch_labels = None
depends_on = None

NUMBERS = {
    "MALL_UNPAID_CLOSE_MIN": "orders.unpaid_close_min",
    "MALL_AUTO_CONFIRM_DAYS": "orders.auto_confirm_days",
    "MALL_FREIGHT_FEN": "shipping.freight_fen",
    "MALL_FREE_FREIGHT_FROM_FEN": "shipping.free_freight_from_fen",
    "MALL_AFTERSALE_DAYS": "aftersales.window_days",
    "MALL_AFTERSALE_STAFF_H": "aftersales.staff_h",
    "MALL_AFTERSALE_SHOPPER_DAYS": "aftersales.shopper_days",
    "MALL_AFTERSALE_RECEIPT_DAYS": "aftersales.receipt_days",
    "MALL_SHOPPER_SESSION_DAYS": "users.session_days",
    "MALL_STAFF_SESSION_MIN": "staff.session_min",
    "MALL_FLASH_PAY_MIN": "flashsale.pay_min",
    "MALL_FLASH_MAX_RISK": "flashsale.max_risk",
}
TEMPLATES = {
    "MALL_TEMPLATE_ORDER_SHIPPED": (
        "messages.order_shipped_template",
        "order_no=character_string1,carrier=thing2,tracking=character_string3",
    ),
    "MALL_TEMPLATE_COUPON_EXPIRING": (
        "coupons.expiring_template",
        "coupon=thing1,expires_at=time2,note=thing3",
    ),
    "MALL_TEMPLATE_FLASH_STARTING": (
        "flashsale.starting_template",
        "name=thing1,starts_at=time2,note=thing3",
    ),
}


def upgrade() -> None:
    table = op.create_table(
        "shop_settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name="pk_shop_settings"),
    )
    taken = taken_over(os.environ)
    if taken:
        op.bulk_insert(table, [{"name": name, "value": value} for name, value in taken.items()])


def taken_over(environ):
    """The settings that the variables of the version before stand for."""
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    taken = {
        setting: int(given[name])
        for name, setting in NUMBERS.items()
        if given.get(name, "").isdecimal()
    }
    if "MALL_LATE_PAYMENT_POLICY" in given:
        taken["payments.late_payment_policy"] = given["MALL_LATE_PAYMENT_POLICY"]
    for name, (setting, fields) in TEMPLATES.items():
        if name in given:
            pairs = given.get(f"{name}_FIELDS", fields).split(",")
            taken[setting] = {
                "template_id": given[name],
                "fields": dict(pair.split("=", 1) for pair in pairs if "=" in pair),
                "page": given.get(f"{name}_PAGE", ""),
            }
    return taken


def downgrade() -> None:
    op.drop_table("shop_settings")
