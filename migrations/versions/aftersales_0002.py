"""A step of an after-sale has a comment."""

from alembic import op

revision = "aftersales_0002"
down_revision = "kernel_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("after_sale_steps", "word", new_column_name="comment")


def downgrade() -> None:
    op.alter_column("after_sale_steps", "comment", new_column_name="word")
