"""Leaderboards: boards, facts, scores, frozen ranks, prizes and what was given of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "boards_0001"
down_revision = "materials_0001"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
RANKED = "score > 0 AND excluded_for IS NULL"
TABLES = (
    *("board_awards", "board_prizes", "board_results", "board_facts", "board_scores", "boards"),
)


def moment(name: str, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **kwargs)


def number(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable, **kwargs)


def rank(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def words(name: str, *, nullable: bool = False, **kwargs: object) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable, **kwargs)


def reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    create_boards()
    create_scores()
    create_facts()
    create_results()
    create_prizes()
    create_awards()


def create_boards() -> None:
    op.create_table(
        "boards",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        words("kind"),
        words("ref"),
        moment("starts_at", nullable=False),
        moment("ends_at", nullable=False),
        moment("closes_at", nullable=False),
        words("status", server_default=sa.text("'open'")),
        moment("closed_at"),
        words("digest", nullable=True),
        number("size", nullable=True),
        moment("awarded_at"),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_boards"),
        sa.UniqueConstraint("kind", "ref", name="uq_boards_kind_ref"),
        check("boards", "status", "status IN ('open', 'closing', 'closed')"),
        check("boards", "times", "starts_at < ends_at AND ends_at <= closes_at"),
        check(
            "boards",
            "frozen",
            "(status = 'closed') = (closed_at IS NOT NULL) AND (status = 'closed') ="
            " (digest IS NOT NULL) AND (status = 'closed') = (size IS NOT NULL)",
        ),
        check("boards", "awarded", "awarded_at IS NULL OR status = 'closed'"),
    )
    op.create_index(
        "ix_boards_closes_at",
        "boards",
        ["closes_at"],
        postgresql_where=sa.text("status <> 'closed' OR awarded_at IS NULL"),
    )


def create_scores() -> None:
    op.create_table(
        "board_scores",
        number("board_id"),
        number("member_id"),
        number("score", server_default=sa.text("0")),
        moment("reached_at", nullable=False),
        number("version", server_default=sa.text("1")),
        words("excluded_for", nullable=True),
        moment("changed_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("board_id", "member_id", name="pk_board_scores"),
        reference("board_scores", "board_id", "boards.id"),
        check("board_scores", "score", "abs(score) < 9007199254740992"),
    )
    op.create_index(
        "ix_board_scores_ranked",
        "board_scores",
        ["board_id", sa.text("(- score)"), "reached_at", "member_id"],
        postgresql_where=sa.text(RANKED),
    )
    op.create_index("ix_board_scores_changed_at", "board_scores", ["board_id", "changed_at"])


def create_facts() -> None:
    op.create_table(
        "board_facts",
        words("key"),
        number("board_id"),
        number("member_id"),
        number("amount"),
        moment("at", nullable=False),
        sa.PrimaryKeyConstraint("key", "board_id", name="pk_board_facts"),
        reference("board_facts", "board_id", "boards.id"),
        sa.ForeignKeyConstraint(
            ["board_id", "member_id"],
            ["board_scores.board_id", "board_scores.member_id"],
            name="fk_board_facts_score",
        ),
    )
    op.create_index("ix_board_facts_member", "board_facts", ["board_id", "member_id", "at"])


def create_results() -> None:
    op.create_table(
        "board_results",
        number("board_id"),
        rank("rank"),
        number("member_id"),
        number("score"),
        moment("reached_at", nullable=False),
        sa.PrimaryKeyConstraint("board_id", "rank", name="pk_board_results"),
        reference("board_results", "board_id", "boards.id"),
        sa.UniqueConstraint("board_id", "member_id", name="uq_board_results_board_id_member_id"),
        check("board_results", "rank", "rank > 0 AND score > 0"),
    )
    op.execute(
        """
        CREATE FUNCTION refuse_board_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'frozen ranks never change' USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER board_results_immutable BEFORE UPDATE OR DELETE ON board_results"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_board_change()"
    )


def create_prizes() -> None:
    op.create_table(
        "board_prizes",
        number("board_id"),
        rank("first_rank"),
        rank("last_rank"),
        number("rule_id"),
        sa.Column("reward", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("board_id", "first_rank", name="pk_board_prizes"),
        reference("board_prizes", "board_id", "boards.id"),
        reference("board_prizes", "rule_id", "reward_rules.id"),
        check("board_prizes", "ranks", "0 < first_rank AND first_rank <= last_rank"),
    )


def create_awards() -> None:
    op.create_table(
        "board_awards",
        number("board_id"),
        rank("rank"),
        number("user_id"),
        number("grant_id", nullable=True),
        words("refusal", nullable=True),
        moment("created_at", server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("board_id", "rank", "user_id", name="pk_board_awards"),
        sa.ForeignKeyConstraint(
            ["board_id", "rank"],
            ["board_results.board_id", "board_results.rank"],
            name="fk_board_awards_result",
        ),
        reference("board_awards", "user_id", "users.id"),
        reference("board_awards", "grant_id", "reward_grants.id"),
        check("board_awards", "outcome", "(grant_id IS NULL) <> (refusal IS NULL)"),
    )
    op.create_index("ix_board_awards_user_id", "board_awards", ["user_id"])
    op.create_index("ix_board_awards_grant_id", "board_awards", ["grant_id"])
    op.create_index(
        "ix_board_awards_refused",
        "board_awards",
        ["board_id", "rank"],
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_board_change()")
