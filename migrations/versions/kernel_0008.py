"""Indexes of what is recent, for the checks of every ten minutes: new ones, and finer ranges."""

from sqlalchemy import text

from mall.kernel.migrating import build_index, drop_index

revision = "kernel_0008"
down_revision = "orders_0006"
branch_labels = None
depends_on = None

_RECENT = {
    "ix_exchange_codes_delivered_at": ("exchange_codes", "delivered_at", "delivered_at IS NOT NULL"),
    "ix_messages_marketing_handed_at": (
        "messages",
        "handed_at",
        "purpose = 'marketing' AND handed_at IS NOT NULL",
    ),
    "ix_orders_settled_at": ("orders", "settled_at", "settled_at IS NOT NULL"),
    "ix_shipping_reports_pending": ("shipping_reports", "order_id", "status = 'pending'"),
}
_CODES = "ix_mission_codes_created_at"
_OF_ROWS = "ix_upload_references_table_name_row_id"
_FINE = {"postgresql_using": "brin", "postgresql_with": {"pages_per_range": 16}}
_IN_SMALLER_RANGES = {
    "ix_after_sales_created_at": ("after_sales", "created_at"),
    "ix_check_in_cycles_created_at": ("check_in_cycles", "created_at"),
    "ix_check_ins_created_at": ("check_ins", "created_at"),
    "ix_coupon_redemptions_created_at": ("coupon_redemptions", "created_at"),
    "ix_coupons_created_at": ("coupons", "created_at"),
    "ix_lockups_created_at": ("lockups", "created_at"),
    "ix_message_grants_updated_at": ("message_grants", "updated_at"),
    "ix_mission_progress_created_at": ("mission_progress", "created_at"),
    "ix_mission_unlocks_created_at": ("mission_unlocks", "created_at"),
    "ix_payment_attempts_created_at": ("payment_attempts", "created_at"),
    "ix_points_earned_created_at": ("points_earned", "created_at"),
    "ix_points_entries_created_at": ("points_entries", "created_at"),
    "ix_reward_days_day": ("reward_days", "day"),
    "ix_reward_grants_created_at": ("reward_grants", "created_at"),
    "ix_share_days_day": ("share_days", "day"),
    "ix_share_shoppers_day": ("share_shoppers", "day"),
    "ix_shares_day": ("shares", "day"),
    "ix_till_entries_created_at": ("till_entries", "created_at"),
    "ix_till_entries_day": ("till_entries", "day"),
    "ix_uploads_created_at": ("uploads", "created_at"),
    "ix_view_days_day": ("view_days", "day"),
    "ix_view_sessions_day": ("view_sessions", "day"),
}


def upgrade() -> None:
    build_index(_CODES, "mission_codes", ["created_at"], **_FINE)
    build_index(_OF_ROWS, "upload_references", ["table_name", "row_id"])
    for name, (table, column, which) in _RECENT.items():
        build_index(name, table, [column], postgresql_where=text(which))
    for name, (table, column) in _IN_SMALLER_RANGES.items():
        build_index(name, table, [column], **_FINE)


def downgrade() -> None:
    for name, (table, column) in _IN_SMALLER_RANGES.items():
        build_index(name, table, [column], postgresql_using="brin")
    for name, (table, _, _) in _RECENT.items():
        drop_index(name, table)
    drop_index(_OF_ROWS, "upload_references")
    drop_index(_CODES, "mission_codes")
