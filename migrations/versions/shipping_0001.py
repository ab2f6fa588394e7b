"""Tables of mall.shipping."""

import sqlalchemy as sa
from alembic import op

revision = "shipping_0001"
down_revision = "orders_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def upgrade() -> None:
    op.create_table(
        "carriers",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        moment("refreshed_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_carriers"),
    )
    op.create_table(
        "shipments",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("carrier_code", sa.Text(), nullable=False),
        sa.Column("carrier_name", sa.Text(), nullable=False),
        sa.Column("tracking_no", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shipments"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_shipments_order_id"),
        sa.UniqueConstraint("order_id", "number", name="uq_shipments_order_id_number"),
        sa.UniqueConstraint(
            "order_id",
            "carrier_code",
            "tracking_no",
            name="uq_shipments_order_id_carrier_code_tracking_no",
        ),
        sa.CheckConstraint("number BETWEEN 1 AND 15", name=op.f("ck_shipments_number")),
    )
    op.create_table(
        "shipment_lines",
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shipment_id", "line_id", name="pk_shipment_lines"),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_shipment_lines_shipment_id"
        ),
        sa.ForeignKeyConstraint(["line_id"], ["order_lines.id"], name="fk_shipment_lines_line_id"),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_lines_quantity")),
    )
    op.create_index("ix_shipment_lines_line_id", "shipment_lines", ["line_id"])
    op.create_table(
        "shipping_uploads",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("uploaded_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("split", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("corrections", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        moment("last_upload_at"),
        moment("busy_until"),
        moment("due_at", nullable=False),
        sa.Column("error_code", sa.Text()),
        sa.Column("error", sa.Text()),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_shipping_uploads"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_shipping_uploads_order_id"),
        sa.CheckConstraint(
            "status IN ('pending', 'uploaded', 'failed', 'void')", name=op.f("ck_shipping_uploads_status")
        ),
        sa.CheckConstraint("uploaded_version BETWEEN 0 AND version", name=op.f("ck_shipping_uploads_uploaded_version")),
        sa.CheckConstraint("corrections BETWEEN 0 AND 1", name=op.f("ck_shipping_uploads_corrections")),
    )
    op.create_index(
        "ix_shipping_uploads_due_at",
        "shipping_uploads",
        ["due_at"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_shipping_uploads_failed",
        "shipping_uploads",
        ["order_id"],
        postgresql_where=sa.text("status = 'failed'"),
    )


def downgrade() -> None:
    for table in ("shipping_uploads", "shipment_lines", "shipments", "carriers"):
        op.drop_table(table)
