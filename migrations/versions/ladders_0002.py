"""The steps of ladders refer to invites."""

from alembic import op

revision = "ladders_0002"
down_revision = "channels_0001"
branch_labels = None
depends_on = None

NAME = "fk_ladder_grants_invite_id"


def upgrade() -> None:
    op.create_foreign_key(NAME, "ladder_grants", "referral_invites", ["invite_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(NAME, "ladder_grants")
