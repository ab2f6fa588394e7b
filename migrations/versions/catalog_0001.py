"""Tables of mall.catalog."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "catalog_0001"
down_revision = "staff_0001"
branch_labels = None
depends_on = None

MAX_FEN = 100_000_000_00


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _created() -> sa.Column:
    return _moment("created_at", nullable=False, server_default=sa.text("clock_timestamp()"))


def _moment(name: str, **options: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **options)


def _text(name: str, default: str | None = "''") -> sa.Column:
    shown = None if default is None else sa.text(default)
    return sa.Column(name, sa.Text(), nullable=False, server_default=shown)


def _texts(name: str) -> sa.Column:
    return sa.Column(
        name, postgresql.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'")
    )


def _flag(name: str, default: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text(default))


def _integer(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))


def upgrade() -> None:
    op.create_table(
        "categories",
        _id(),
        sa.Column("parent_id", sa.BigInteger()),
        _text("name", None),
        _text("path", None),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        _integer("position"),
        _text("image"),
        _created(),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
        sa.ForeignKeyConstraint(["parent_id"], ["categories.id"], name="fk_categories_parent_id"),
        sa.UniqueConstraint(
            "parent_id",
            "name",
            name="uq_categories_parent_id_name",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_categories_parent_id")),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name=op.f("ck_categories_level")),
    )
    op.create_table(
        "brands",
        _id(),
        _text("name", None),
        _text("description"),
        _text("image"),
        sa.Column("lowest_price_fen", sa.BigInteger()),
        _integer("position"),
        _created(),
        sa.PrimaryKeyConstraint("id", name="pk_brands"),
        sa.UniqueConstraint("name", name="uq_brands_name"),
        sa.CheckConstraint(
            f"lowest_price_fen BETWEEN 0 AND {MAX_FEN}", name=op.f("ck_brands_lowest_price_fen")
        ),
    )
    op.create_table(
        "spus",
        _id(),
        _text("spu_code", None),
        _text("name", None),
        _text("brief"),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("brand_id", sa.BigInteger()),
        _text("unit", "'件'"),
        _text("main_image"),
        _texts("gallery"),
        _text("detail_html"),
        _texts("spec_names"),
        sa.Column(
            "attributes", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")
        ),
        _flag("on_shelf", "false"),
        _moment("shelf_on_at"),
        _moment("shelf_off_at"),
        _flag("is_new", "false"),
        _flag("is_hot", "false"),
        sa.Column("sold_count", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("min_price_fen", sa.BigInteger()),
        sa.Column("max_price_fen", sa.BigInteger()),
        sa.Column(
            "search_vector", postgresql.TSVECTOR(), nullable=False, server_default=sa.text("''")
        ),
        _moment("archived_at"),
        _created(),
        _moment("updated_at", nullable=False, server_default=sa.text("clock_timestamp()")),
        sa.PrimaryKeyConstraint("id", name="pk_spus"),
        sa.ForeignKeyConstraint(["category_id"], ["categories.id"], name="fk_spus_category_id"),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name="fk_spus_brand_id"),
        sa.UniqueConstraint("spu_code", name="uq_spus_spu_code"),
        sa.CheckConstraint("shelf_off_at > shelf_on_at", name=op.f("ck_spus_shelf_times")),
        sa.CheckConstraint("sold_count >= 0", name=op.f("ck_spus_sold_count")),
        sa.CheckConstraint("max_price_fen >= min_price_fen", name=op.f("ck_spus_price_range")),
    )
    op.create_index("ix_spus_search_vector", "spus", ["search_vector"], postgresql_using="gin")
    op.create_index("ix_spus_name", "spus", ["name"], postgresql_ops={"name": "text_pattern_ops"})
    op.create_index("ix_spus_category_id", "spus", ["category_id"])
    op.create_index("ix_spus_brand_id", "spus", ["brand_id"])
    op.create_index("ix_spus_min_price_fen", "spus", ["min_price_fen", "id"])
    op.create_index("ix_spus_sold_count", "spus", ["sold_count", "id"])
    for column in ("shelf_on_at", "shelf_off_at"):
        op.create_index(
            f"ix_spus_{column}", "spus", [column], postgresql_where=sa.text(f"{column} IS NOT NULL")
        )
    op.create_table(
        "skus",
        _id(),
        sa.Column("spu_id", sa.BigInteger(), nullable=False),
        _text("sku_code", None),
        _texts("spec_values"),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("list_price_fen", sa.BigInteger()),
        sa.Column("cost_fen", sa.BigInteger()),
        _integer("weight_g"),
        _integer("volume_cm3"),
        _text("image"),
        _flag("enabled", "true"),
        _integer("position"),
        _created(),
        sa.PrimaryKeyConstraint("id", name="pk_skus"),
        sa.ForeignKeyConstraint(["spu_id"], ["spus.id"], name="fk_skus_spu_id"),
        sa.UniqueConstraint("sku_code", name="uq_skus_sku_code"),
        sa.CheckConstraint(f"price_fen BETWEEN 1 AND {MAX_FEN}", name=op.f("ck_skus_price_fen")),
        sa.CheckConstraint(
            f"list_price_fen BETWEEN 1 AND {MAX_FEN}", name=op.f("ck_skus_list_price_fen")
        ),
        sa.CheckConstraint(f"cost_fen BETWEEN 0 AND {MAX_FEN}", name=op.f("ck_skus_cost_fen")),
        sa.CheckConstraint("weight_g >= 0", name=op.f("ck_skus_weight_g")),
        sa.CheckConstraint("volume_cm3 >= 0", name=op.f("ck_skus_volume_cm3")),
    )
    op.create_index(
        "uq_skus_spu_id_spec_values",
        "skus",
        ["spu_id", "spec_values"],
        unique=True,
        postgresql_where=sa.text("enabled"),
    )
    op.create_index("ix_skus_spu_id", "skus", ["spu_id"])
    op.create_table(
        "spu_codes",
        sa.Column("spu_id", sa.BigInteger(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        _created(),
        sa.PrimaryKeyConstraint("spu_id", name="pk_spu_codes"),
        sa.ForeignKeyConstraint(
            ["spu_id"], ["spus.id"], name="fk_spu_codes_spu_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    for table in ("spu_codes", "skus", "spus", "brands", "categories"):
        op.drop_table(table)
