"""Group-buy: activities, teams, members."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = "groupbuy_0001"
down_revision = "missions_board_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('groupbuy_activities',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), server_default=sa.text("''"), nullable=False),
    sa.Column('spu_id', sa.BigInteger(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'draft'"), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('team_open_min', sa.Integer(), nullable=False),
    sa.Column('pay_min', sa.Integer(), nullable=False),
    sa.Column('open_audience', sa.Text(), server_default=sa.text("'anybody'"), nullable=False),
    sa.Column('join_audience', sa.Text(), server_default=sa.text("'anybody'"), nullable=False),
    sa.Column('order_units', sa.Integer(), nullable=False),
    sa.Column('shopper_units', sa.Integer(), nullable=False),
    sa.Column('open_teams', sa.Integer(), nullable=False),
    sa.Column('virtual_seats', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('leader_free_freight', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('leader_leaves', sa.Text(), server_default=sa.text("'hand_over'"), nullable=False),
    sa.Column('earns', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('stacks', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('leader_rule_id', sa.BigInteger(), nullable=True),
    sa.Column('picks_set', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('version', sa.BigInteger(), server_default=sa.text('1'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=True),
    sa.Column('stock_returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("(status = 'draft') = (started_at IS NULL)", name=op.f('ck_groupbuy_activities_started')),
    sa.CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", name=op.f('ck_groupbuy_activities_ended')),
    sa.CheckConstraint("join_audience IN ('anybody', 'new')", name=op.f('ck_groupbuy_activities_join_audience')),
    sa.CheckConstraint("leader_leaves IN ('hand_over', 'fail')", name=op.f('ck_groupbuy_activities_leader_leaves')),
    sa.CheckConstraint("mode IN ('difference', 'chosen')", name=op.f('ck_groupbuy_activities_mode')),
    sa.CheckConstraint("open_audience IN ('anybody', 'customers')", name=op.f('ck_groupbuy_activities_open_audience')),
    sa.CheckConstraint("status IN ('draft', 'started', 'ended')", name=op.f('ck_groupbuy_activities_status')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_groupbuy_activities_window')),
    sa.CheckConstraint('team_open_min > 0 AND pay_min > 0 AND order_units > 0 AND virtual_seats >= 0 AND shopper_units >= order_units AND open_teams > 0', name=op.f('ck_groupbuy_activities_bounds')),
    sa.ForeignKeyConstraint(['leader_rule_id'], ['reward_rules.id'], name=op.f('fk_groupbuy_activities_leader_rule_id')),
    sa.ForeignKeyConstraint(['spu_id'], ['spus.id'], name=op.f('fk_groupbuy_activities_spu_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groupbuy_activities'))
    )
    op.create_index('ix_groupbuy_activities_ending', 'groupbuy_activities', ['ends_at'], unique=False, postgresql_where=sa.text("status = 'started'"))
    op.create_index('ix_groupbuy_activities_spu_id', 'groupbuy_activities', ['spu_id', 'starts_at'], unique=False)
    op.create_index('ix_groupbuy_activities_stock', 'groupbuy_activities', ['id'], unique=False, postgresql_where=sa.text("status = 'ended' AND stock_returned_at IS NULL"))
    op.create_table('groupbuy_newcomers',
    sa.Column('user_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('order_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_groupbuy_newcomers_order_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_groupbuy_newcomers_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_groupbuy_newcomers')),
    sa.UniqueConstraint('order_id', name=op.f('uq_groupbuy_newcomers_order_id'))
    )
    op.create_table('groupbuy_shoppers',
    sa.Column('activity_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('units >= 0', name=op.f('ck_groupbuy_shoppers_units')),
    sa.ForeignKeyConstraint(['activity_id'], ['groupbuy_activities.id'], name=op.f('fk_groupbuy_shoppers_activity_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_groupbuy_shoppers_user_id')),
    sa.PrimaryKeyConstraint('activity_id', 'user_id', name=op.f('pk_groupbuy_shoppers'))
    )
    op.create_index('ix_groupbuy_shoppers_user_id', 'groupbuy_shoppers', ['user_id'], unique=False)
    op.create_table('groupbuy_skus',
    sa.Column('activity_id', sa.BigInteger(), nullable=False),
    sa.Column('sku_id', sa.BigInteger(), nullable=False),
    sa.Column('wanted_stock', sa.BigInteger(), nullable=False),
    sa.Column('stock', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('sold', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('stock_steps', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('leader_price_fen', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('leader_price_fen > 0', name=op.f('ck_groupbuy_skus_leader_price')),
    sa.CheckConstraint('sold >= 0 AND stock >= sold', name=op.f('ck_groupbuy_skus_stock')),
    sa.ForeignKeyConstraint(['activity_id'], ['groupbuy_activities.id'], name=op.f('fk_groupbuy_skus_activity_id')),
    sa.ForeignKeyConstraint(['sku_id'], ['skus.id'], name=op.f('fk_groupbuy_skus_sku_id')),
    sa.PrimaryKeyConstraint('activity_id', 'sku_id', name=op.f('pk_groupbuy_skus'))
    )
    op.create_index('ix_groupbuy_skus_sku_id', 'groupbuy_skus', ['sku_id'], unique=False)
    op.create_table('groupbuy_endings',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('activity_id', sa.BigInteger(), nullable=False),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('exceptions', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('staff_id', sa.BigInteger(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("decision IN ('run', 'form', 'refund')", name=op.f('ck_groupbuy_endings_decision')),
    sa.ForeignKeyConstraint(['activity_id'], ['groupbuy_activities.id'], name=op.f('fk_groupbuy_endings_activity_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_members.id'], name=op.f('fk_groupbuy_endings_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groupbuy_endings'))
    )
    op.create_index('ix_groupbuy_endings_activity_id', 'groupbuy_endings', ['activity_id', 'id'], unique=False)
    op.create_index('ix_groupbuy_endings_undone', 'groupbuy_endings', ['id'], unique=False, postgresql_where=sa.text('done_at IS NULL'))
    op.create_table('groupbuy_tier_sets',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('activity_id', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('sizes', postgresql.ARRAY(sa.SmallInteger()), nullable=False),
    sa.Column('prices', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint('cardinality(sizes) > 0 AND sizes[1] >= 2', name=op.f('ck_groupbuy_tier_sets_sizes')),
    sa.ForeignKeyConstraint(['activity_id'], ['groupbuy_activities.id'], name=op.f('fk_groupbuy_tier_sets_activity_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groupbuy_tier_sets')),
    sa.UniqueConstraint('activity_id', 'position', name=op.f('uq_groupbuy_tier_sets_activity_id_position'))
    )
    op.create_table('groupbuy_teams',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('activity_id', sa.BigInteger(), nullable=False),
    sa.Column('tier_set_id', sa.BigInteger(), nullable=False),
    sa.Column('leader_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Text(), server_default=sa.text("'opening'"), nullable=False),
    sa.Column('sizes', postgresql.ARRAY(sa.SmallInteger()), nullable=False),
    sa.Column('min_size', sa.Integer(), nullable=False),
    sa.Column('max_size', sa.Integer(), nullable=False),
    sa.Column('reserved', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('paid', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('filled', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('missing', sa.Integer(), sa.Computed('greatest(min_size - reserved - paid - filled, 0)', persisted=True), nullable=False),
    sa.Column('seats_left', sa.Integer(), sa.Computed('max_size - reserved - paid - filled', persisted=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('formed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tier_size', sa.Integer(), nullable=True),
    sa.Column('verdict', sa.Text(), nullable=True),
    sa.Column('verdict_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verdict_by', sa.BigInteger(), nullable=True),
    sa.Column('verdict_reason', sa.Text(), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("(status = 'settled') = (tier_size IS NOT NULL)", name=op.f('ck_groupbuy_teams_tier')),
    sa.CheckConstraint("(status IN ('settled', 'failed')) = (closed_at IS NOT NULL)", name=op.f('ck_groupbuy_teams_closed')),
    sa.CheckConstraint("status = 'failed' OR (status = 'opening') = (expires_at IS NULL)", name=op.f('ck_groupbuy_teams_opened')),
    sa.CheckConstraint("status IN ('opening', 'forming', 'formed', 'settled', 'failed')", name=op.f('ck_groupbuy_teams_status')),
    sa.CheckConstraint("(verdict IS NULL) = (verdict_at IS NULL)", name=op.f('ck_groupbuy_teams_verdict_at')),
    sa.CheckConstraint("verdict IN ('form', 'fail')", name=op.f('ck_groupbuy_teams_verdict')),
    sa.CheckConstraint('reserved >= 0 AND paid >= 0 AND filled >= 0 AND reserved + paid + filled <= max_size AND min_size <= max_size', name=op.f('ck_groupbuy_teams_seats')),
    sa.ForeignKeyConstraint(['activity_id'], ['groupbuy_activities.id'], name=op.f('fk_groupbuy_teams_activity_id')),
    sa.ForeignKeyConstraint(['leader_id'], ['users.id'], name=op.f('fk_groupbuy_teams_leader_id')),
    sa.ForeignKeyConstraint(['verdict_by'], ['staff_members.id'], name=op.f('fk_groupbuy_teams_verdict_by')),
    sa.ForeignKeyConstraint(['tier_set_id'], ['groupbuy_tier_sets.id'], name=op.f('fk_groupbuy_teams_tier_set_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groupbuy_teams')),
    sa.UniqueConstraint('code', name=op.f('uq_groupbuy_teams_code'))
    )
    op.create_index('ix_groupbuy_teams_activity_id_status', 'groupbuy_teams', ['activity_id', 'status', 'id'], unique=False)
    op.create_index('ix_groupbuy_teams_closed_at', 'groupbuy_teams', ['closed_at'], unique=False)
    op.create_index('ix_groupbuy_teams_decided', 'groupbuy_teams', ['expires_at', 'id'], unique=False, postgresql_where=sa.text("status IN ('forming', 'formed') AND reserved = 0 AND verdict IS NOT NULL"))
    op.create_index('ix_groupbuy_teams_due', 'groupbuy_teams', ['expires_at', 'id'], unique=False, postgresql_where=sa.text("status IN ('forming', 'formed')"))
    op.create_index('ix_groupbuy_teams_formed', 'groupbuy_teams', ['activity_id', 'seats_left', 'expires_at', 'id'], unique=False, postgresql_where=sa.text("status = 'formed' AND seats_left > 0 AND verdict IS NULL"))
    op.create_index('ix_groupbuy_teams_forming', 'groupbuy_teams', ['activity_id', 'missing', 'expires_at', 'id'], unique=False, postgresql_where=sa.text("status = 'forming' AND seats_left > 0 AND verdict IS NULL"))
    op.create_index('ix_groupbuy_teams_full', 'groupbuy_teams', ['expires_at', 'id'], unique=False, postgresql_where=sa.text("status IN ('forming', 'formed') AND reserved = 0 AND seats_left = 0"))
    op.create_index('ix_groupbuy_teams_leader_id', 'groupbuy_teams', ['leader_id', 'activity_id'], unique=False)
    op.create_index('ix_groupbuy_teams_to_remind', 'groupbuy_teams', ['missing', 'expires_at'], unique=False, postgresql_where=sa.text("status = 'forming' AND reminded_at IS NULL"))
    op.create_table('groupbuy_fills',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint('seats > 0', name=op.f('ck_groupbuy_fills_seats')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_members.id'], name=op.f('fk_groupbuy_fills_staff_id')),
    sa.ForeignKeyConstraint(['team_id'], ['groupbuy_teams.id'], name=op.f('fk_groupbuy_fills_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groupbuy_fills'))
    )
    op.create_index('ix_groupbuy_fills_team_id', 'groupbuy_fills', ['team_id'], unique=False)
    op.create_table('groupbuy_brought',
    sa.Column('order_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('leader_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('rule_id', sa.BigInteger(), nullable=False),
    sa.Column('grant_id', sa.BigInteger(), nullable=True),
    sa.Column('refusal', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint('grant_id IS NULL OR refusal IS NULL', name=op.f('ck_groupbuy_brought_outcome')),
    sa.CheckConstraint('leader_id <> user_id', name=op.f('ck_groupbuy_brought_another')),
    sa.ForeignKeyConstraint(['grant_id'], ['reward_grants.id'], name=op.f('fk_groupbuy_brought_grant_id')),
    sa.ForeignKeyConstraint(['leader_id'], ['users.id'], name=op.f('fk_groupbuy_brought_leader_id')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_groupbuy_brought_order_id')),
    sa.ForeignKeyConstraint(['rule_id'], ['reward_rules.id'], name=op.f('fk_groupbuy_brought_rule_id')),
    sa.ForeignKeyConstraint(['team_id'], ['groupbuy_teams.id'], name=op.f('fk_groupbuy_brought_team_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_groupbuy_brought_user_id')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_groupbuy_brought')),
    sa.UniqueConstraint('user_id', name=op.f('uq_groupbuy_brought_user_id'))
    )
    op.create_index('ix_groupbuy_brought_created_at', 'groupbuy_brought', ['created_at'], unique=False, postgresql_using='brin')
    op.create_index('ix_groupbuy_brought_leader_id', 'groupbuy_brought', ['leader_id', 'order_id'], unique=False)
    op.create_index('ix_groupbuy_brought_refused', 'groupbuy_brought', ['order_id'], unique=False, postgresql_where=sa.text('refusal IS NOT NULL'))
    op.create_index('ix_groupbuy_brought_team_id', 'groupbuy_brought', ['team_id'], unique=False)
    op.create_table('groupbuy_members',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('activity_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('order_id', sa.BigInteger(), nullable=False),
    sa.Column('sku_id', sa.BigInteger(), nullable=False),
    sa.Column('units', sa.BigInteger(), nullable=False),
    sa.Column('unit_price_fen', sa.BigInteger(), nullable=False),
    sa.Column('seat', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('released', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_new', sa.Boolean(), nullable=True),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due', sa.Text(), nullable=True),
    sa.Column('due_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_tries', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('due_error', sa.Text(), nullable=True),
    sa.Column('difference_fen', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("due IN ('release', 'settle', 'refund')", name=op.f('ck_groupbuy_members_due')),
    sa.CheckConstraint('(due IS NULL) = (due_since IS NULL)', name=op.f('ck_groupbuy_members_due_since')),
    sa.CheckConstraint('units > 0 AND unit_price_fen > 0', name=op.f('ck_groupbuy_members_amounts')),
    sa.ForeignKeyConstraint(['activity_id'], ['groupbuy_activities.id'], name=op.f('fk_groupbuy_members_activity_id')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_groupbuy_members_order_id')),
    sa.ForeignKeyConstraint(['sku_id'], ['skus.id'], name=op.f('fk_groupbuy_members_sku_id')),
    sa.ForeignKeyConstraint(['team_id'], ['groupbuy_teams.id'], name=op.f('fk_groupbuy_members_team_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_groupbuy_members_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groupbuy_members')),
    sa.UniqueConstraint('order_id', name=op.f('uq_groupbuy_members_order_id'))
    )
    op.create_index('ix_groupbuy_members_due', 'groupbuy_members', ['due_since'], unique=False, postgresql_where=sa.text('due IS NOT NULL'))
    op.create_index('ix_groupbuy_members_team_id', 'groupbuy_members', ['team_id', 'id'], unique=False)
    op.create_index('ix_groupbuy_members_user_id', 'groupbuy_members', ['user_id', 'id'], unique=False)
    op.create_index('uq_groupbuy_members_team_id_user_id', 'groupbuy_members', ['team_id', 'user_id'], unique=True, postgresql_where=sa.text('seat'))
    op.create_table('groupbuy_transitions',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('from_status', sa.Text(), nullable=True),
    sa.Column('to_status', sa.Text(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('staff_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff_members.id'], name=op.f('fk_groupbuy_transitions_staff_id')),
    sa.ForeignKeyConstraint(['team_id'], ['groupbuy_teams.id'], name=op.f('fk_groupbuy_transitions_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_groupbuy_transitions'))
    )
    op.create_index('ix_groupbuy_transitions_team_id', 'groupbuy_transitions', ['team_id', 'id'], unique=False)
    op.create_table('groupbuy_codes',
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('image', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['groupbuy_teams.id'], name=op.f('fk_groupbuy_codes_team_id')),
    sa.PrimaryKeyConstraint('team_id', name=op.f('pk_groupbuy_codes'))
    )
    op.create_table('groupbuy_visits',
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['groupbuy_teams.id'], name=op.f('fk_groupbuy_visits_team_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_groupbuy_visits_user_id')),
    sa.PrimaryKeyConstraint('team_id', 'user_id', name=op.f('pk_groupbuy_visits'))
    )
    op.create_index('ix_groupbuy_visits_user_id', 'groupbuy_visits', ['user_id'], unique=False)
    op.create_table('groupbuy_set_starts',
    sa.Column('tier_set_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('min_circle', sa.Integer(), nullable=False),
    sa.Column('basis', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fitted_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint('min_circle >= 0', name=op.f('ck_groupbuy_set_starts_min_circle')),
    sa.ForeignKeyConstraint(['tier_set_id'], ['groupbuy_tier_sets.id'], name=op.f('fk_groupbuy_set_starts_tier_set_id')),
    sa.PrimaryKeyConstraint('tier_set_id', name=op.f('pk_groupbuy_set_starts'))
    )


def downgrade() -> None:
    op.drop_table('groupbuy_set_starts')
    op.drop_index('ix_groupbuy_visits_user_id', table_name='groupbuy_visits')
    op.drop_table('groupbuy_visits')
    op.drop_table('groupbuy_codes')
    op.drop_index('ix_groupbuy_transitions_team_id', table_name='groupbuy_transitions')
    op.drop_table('groupbuy_transitions')
    op.drop_index('uq_groupbuy_members_team_id_user_id', table_name='groupbuy_members', postgresql_where=sa.text('seat'))
    op.drop_index('ix_groupbuy_members_user_id', table_name='groupbuy_members')
    op.drop_index('ix_groupbuy_members_team_id', table_name='groupbuy_members')
    op.drop_index('ix_groupbuy_members_due', table_name='groupbuy_members', postgresql_where=sa.text('due IS NOT NULL'))
    op.drop_table('groupbuy_members')
    op.drop_table('groupbuy_brought')
    op.drop_index('ix_groupbuy_fills_team_id', table_name='groupbuy_fills')
    op.drop_table('groupbuy_fills')
    op.drop_index('ix_groupbuy_teams_to_remind', table_name='groupbuy_teams', postgresql_where=sa.text("status = 'forming' AND reminded_at IS NULL"))
    op.drop_index('ix_groupbuy_teams_leader_id', table_name='groupbuy_teams')
    op.drop_index('ix_groupbuy_teams_full', table_name='groupbuy_teams', postgresql_where=sa.text("status IN ('forming', 'formed') AND reserved = 0 AND seats_left = 0"))
    op.drop_index('ix_groupbuy_teams_forming', table_name='groupbuy_teams', postgresql_where=sa.text("status = 'forming' AND seats_left > 0 AND verdict IS NULL"))
    op.drop_index('ix_groupbuy_teams_formed', table_name='groupbuy_teams', postgresql_where=sa.text("status = 'formed' AND seats_left > 0 AND verdict IS NULL"))
    op.drop_index('ix_groupbuy_teams_due', table_name='groupbuy_teams', postgresql_where=sa.text("status IN ('forming', 'formed')"))
    op.drop_index('ix_groupbuy_teams_decided', table_name='groupbuy_teams', postgresql_where=sa.text("status IN ('forming', 'formed') AND reserved = 0 AND verdict IS NOT NULL"))
    op.drop_index('ix_groupbuy_teams_closed_at', table_name='groupbuy_teams')
    op.drop_index('ix_groupbuy_teams_activity_id_status', table_name='groupbuy_teams')
    op.drop_table('groupbuy_teams')
    op.drop_table('groupbuy_tier_sets')
    op.drop_index('ix_groupbuy_endings_undone', table_name='groupbuy_endings', postgresql_where=sa.text('done_at IS NULL'))
    op.drop_index('ix_groupbuy_endings_activity_id', table_name='groupbuy_endings')
    op.drop_table('groupbuy_endings')
    op.drop_index('ix_groupbuy_skus_sku_id', table_name='groupbuy_skus')
    op.drop_table('groupbuy_skus')
    op.drop_index('ix_groupbuy_shoppers_user_id', table_name='groupbuy_shoppers')
    op.drop_table('groupbuy_shoppers')
    op.drop_table('groupbuy_newcomers')
    op.drop_index('ix_groupbuy_activities_stock', table_name='groupbuy_activities', postgresql_where=sa.text("status = 'ended' AND stock_returned_at IS NULL"))
    op.drop_index('ix_groupbuy_activities_spu_id', table_name='groupbuy_activities')
    op.drop_index('ix_groupbuy_activities_ending', table_name='groupbuy_activities', postgresql_where=sa.text("status = 'started'"))
    op.drop_table('groupbuy_activities')
