"""The material library: materials, their files and SKUs, downloads."""

import sqlalchemy as sa
from alembic import op

revision = "materials_0001"
down_revision = "ladders_0002"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MATERIALS = "promoter_materials"


def number(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def words(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=False)


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=NOW, nullable=False)


def of_material(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["material_id"],
        [f"{MATERIALS}.id"],
        name=f"fk_{table}_material_id",
        ondelete="CASCADE",
    )


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.create_table(
        MATERIALS,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("name"),
        words("text"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("downloads", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{MATERIALS}"),
        sa.CheckConstraint("version > 0", name=op.f(f"ck_{MATERIALS}_version")),
        sa.CheckConstraint("downloads >= 0", name=op.f(f"ck_{MATERIALS}_downloads")),
    )
    create_files()
    create_skus()
    create_downloads()


def create_files() -> None:
    table = "promoter_material_files"
    op.create_table(
        table,
        number("material_id"),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        words("name"),
        sa.PrimaryKeyConstraint("material_id", "position", name=f"pk_{table}"),
        of_material(table),
        reference(table, "name", "uploads.name"),
        sa.UniqueConstraint("name", name=f"uq_{table}_name"),
    )


def create_skus() -> None:
    table = "promoter_material_skus"
    op.create_table(
        table,
        number("material_id"),
        number("sku_id"),
        sa.PrimaryKeyConstraint("material_id", "sku_id", name=f"pk_{table}"),
        of_material(table),
        reference(table, "sku_id", "skus.id"),
    )
    op.create_index("ix_promoter_material_skus_sku_id", table, ["sku_id", "material_id"])


def create_downloads() -> None:
    table = "promoter_material_downloads"
    op.create_table(
        table,
        number("material_id"),
        number("user_id"),
        number("downloads"),
        moment("first_at"),
        moment("last_at"),
        sa.PrimaryKeyConstraint("material_id", "user_id", name=f"pk_{table}"),
        of_material(table),
        reference(table, "user_id", "users.id"),
        sa.CheckConstraint("downloads > 0", name=op.f(f"ck_{table}_downloads")),
    )
    op.create_index("ix_promoter_material_downloads_user_id", table, ["user_id"])


def downgrade() -> None:
    for table in ("downloads", "skus", "files"):
        op.drop_table(f"promoter_material_{table}")
    op.drop_table(MATERIALS)
