"""WeChat's shipping report has its own name; uploads are files."""

import sqlalchemy as sa
from alembic import op

revision = "shipping_0002"
down_revision = "kernel_0002"
branch_labels = None
depends_on = None

COLUMNS = {"uploaded_version": "reported_version", "last_upload_at": "last_reported_at"}
CONSTRAINTS = {
    "pk_shipping_uploads": "pk_shipping_reports",
    "fk_shipping_uploads_order_id": "fk_shipping_reports_order_id",
    "ck_shipping_uploads_status": "ck_shipping_reports_status",
    "ck_shipping_uploads_uploaded_version": "ck_shipping_reports_reported_version",
    "ck_shipping_uploads_corrections": "ck_shipping_reports_corrections",
}
INDEXES = {
    "ix_shipping_uploads_due_at": "ix_shipping_reports_due_at",
    "ix_shipping_uploads_failed": "ix_shipping_reports_failed",
}
TASKS = {
    "shipping.upload": "shipping.send_report",
    "shipping.sweep_uploads": "shipping.sweep_reports",
}
RENAME_TASK = sa.text("UPDATE procrastinate_jobs SET task_name = :new WHERE task_name = :old")


def upgrade() -> None:
    op.rename_table("shipping_uploads", "shipping_reports")
    for old, new in COLUMNS.items():
        op.alter_column("shipping_reports", old, new_column_name=new)
    for old, new in CONSTRAINTS.items():
        op.execute(f"ALTER TABLE shipping_reports RENAME CONSTRAINT {old} TO {new}")
    for old, new in INDEXES.items():
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
    for old, new in TASKS.items():
        op.execute(RENAME_TASK.bindparams(old=old, new=new))


def downgrade() -> None:
    for old, new in TASKS.items():
        op.execute(RENAME_TASK.bindparams(old=new, new=old))
    for old, new in INDEXES.items():
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    for old, new in CONSTRAINTS.items():
        op.execute(f"ALTER TABLE shipping_reports RENAME CONSTRAINT {new} TO {old}")
    for old, new in COLUMNS.items():
        op.alter_column("shipping_reports", new, new_column_name=old)
    op.rename_table("shipping_reports", "shipping_uploads")
