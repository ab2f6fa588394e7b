"""Tables of freight templates and of picking up."""

import sqlalchemy as sa
from alembic import op

revision = "freight_0001"
down_revision = "coupons_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def upgrade() -> None:
    make_templates()
    make_pickups()


def make_templates() -> None:
    op.create_table(
        "freight_templates",
        identity(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        moment("updated_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_freight_templates"),
        sa.UniqueConstraint("name", name="uq_freight_templates_name"),
        sa.CheckConstraint(
            "basis IN ('piece', 'weight', 'volume')", name=op.f("ck_freight_templates_basis")
        ),
    )
    op.create_index(
        "uq_freight_templates_default",
        "freight_templates",
        ["is_default"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "freight_zones",
        identity(),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("elsewhere", sa.Boolean(), nullable=False),
        sa.Column("deliverable", sa.Boolean(), nullable=False),
        sa.Column("first_units", sa.Integer(), nullable=False),
        sa.Column("first_fen", sa.BigInteger(), nullable=False),
        sa.Column("further_units", sa.Integer(), nullable=False),
        sa.Column("further_fen", sa.BigInteger(), nullable=False),
        sa.Column("free_from_fen", sa.BigInteger()),
        sa.Column("free_from_pieces", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_freight_zones"),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["freight_templates.id"],
            name="fk_freight_zones_template_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "first_units > 0 AND further_units > 0", name=op.f("ck_freight_zones_units")
        ),
        sa.CheckConstraint(
            "first_fen >= 0 AND further_fen >= 0", name=op.f("ck_freight_zones_fees")
        ),
        sa.CheckConstraint(
            "free_from_fen >= 0 AND free_from_pieces > 0",
            name=op.f("ck_freight_zones_free_from"),
        ),
    )
    op.create_index(
        "uq_freight_zones_elsewhere",
        "freight_zones",
        ["template_id"],
        unique=True,
        postgresql_where=sa.text("elsewhere"),
    )
    op.create_index("ix_freight_zones_template_id", "freight_zones", ["template_id"])
    op.create_table(
        "freight_zone_regions",
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("template_id", "region_code", name="pk_freight_zone_regions"),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["freight_templates.id"],
            name="fk_freight_zone_regions_template_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"],
            ["freight_zones.id"],
            name="fk_freight_zone_regions_zone_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_freight_zone_regions_zone_id", "freight_zone_regions", ["zone_id"])
    op.create_table(
        "spu_freight",
        sa.Column("spu_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("spu_id", name="pk_spu_freight"),
        sa.ForeignKeyConstraint(["spu_id"], ["spus.id"], name="fk_spu_freight_spu_id"),
        sa.ForeignKeyConstraint(
            ["template_id"], ["freight_templates.id"], name="fk_spu_freight_template_id"
        ),
    )
    op.create_index(
        "ix_spu_freight_template_id_spu_id", "spu_freight", ["template_id", "spu_id"]
    )


def make_pickups() -> None:
    op.create_table(
        "pickup_points",
        identity(),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("name", "region_code", "location", "service_phone", "opening_hours")
        ),
        sa.Column("is_open", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pickup_points"),
        sa.UniqueConstraint("name", name="uq_pickup_points_name"),
    )
    op.create_table(
        "pickup_clerks",
        sa.Column("point_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("point_id", "staff_id", name="pk_pickup_clerks"),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["pickup_points.id"],
            name="fk_pickup_clerks_point_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff_members.id"], name="fk_pickup_clerks_staff_id"
        ),
    )
    op.create_table(
        "pickups",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        moment("redeemed_at"),
        sa.Column("redeemed_by", sa.BigInteger()),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_pickups"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_pickups_order_id"),
        sa.ForeignKeyConstraint(["point_id"], ["pickup_points.id"], name="fk_pickups_point_id"),
        sa.ForeignKeyConstraint(
            ["redeemed_by"], ["staff_members.id"], name="fk_pickups_redeemed_by"
        ),
        sa.UniqueConstraint("code", name="uq_pickups_code"),
        sa.CheckConstraint(
            "status IN ('waiting', 'redeemed', 'void')", name=op.f("ck_pickups_status")
        ),
        sa.CheckConstraint(
            "(status = 'redeemed') = (redeemed_at IS NOT NULL)", name=op.f("ck_pickups_redeemed")
        ),
    )
    op.create_index("ix_pickups_point_id_order_id", "pickups", ["point_id", "order_id"])


def downgrade() -> None:
    for table in (
        "pickups",
        "pickup_clerks",
        "pickup_points",
        "spu_freight",
        "freight_zone_regions",
        "freight_zones",
        "freight_templates",
    ):
        op.drop_table(table)
