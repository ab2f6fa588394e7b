"""Uploads are held by what refers to them."""

import sqlalchemy as sa
from alembic import op

revision = "uploads_references_0001"
down_revision = "reviews_collages_0001"
branch_labels = None
depends_on = None

# Table, whose uploads, named without a path, columns. New ones come with migrations of their own.
HOLDERS = (
    ("brands", "staff", False, ("image",)),
    ("categories", "staff", False, ("image",)),
    ("spus", "staff", False, ("main_image", "gallery", "detail_html")),
    ("skus", "staff", False, ("image",)),
    ("users", "self", False, ("avatar_url",)),
    ("promoter_lessons", "staff", False, ("body",)),
    ("poster_templates", "staff", True, ("layout",)),
    ("collage_templates", "staff", True, ("layout",)),
)

NAMES = r"""
CREATE FUNCTION uploads_in(stored text, bare boolean) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT found[1] || '.' || found[2]), '{}')
    FROM regexp_matches(
        stored,
        CASE WHEN bare THEN '(?:^|["{,])' ELSE '(?:^|[^[:alnum:].:/-])/api/v1/uploads/' END
            || '([0-9a-f]{32})(?:_small)?\.(jpg|png|webp|mp4)',
        'g'
    ) found
$$
"""

# The rows of uploads are locked in the order of their names, by everybody, after all else.
HOLD = r"""
CREATE FUNCTION hold_uploads() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    names_of text;
    held text[] := '{}';
    wanted text[] := '{}';
    fresh text[];
    gone text[];
    holder bigint;
BEGIN
    SELECT format('SELECT uploads_in(concat_ws('' '', %s), %L)',
                  string_agg(format('($1).%I::text', name), ', '), TG_ARGV[1])
    INTO names_of FROM unnest(TG_ARGV[2:]) name;
    IF TG_OP <> 'INSERT' THEN EXECUTE names_of INTO held USING OLD; holder := OLD.id; END IF;
    IF TG_OP <> 'DELETE' THEN EXECUTE names_of INTO wanted USING NEW; holder := NEW.id; END IF;
    fresh := ARRAY(SELECT unnest(wanted) EXCEPT SELECT unnest(held));
    gone := ARRAY(SELECT unnest(held) EXCEPT SELECT unnest(wanted));
    IF fresh = '{}' AND gone = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM FROM uploads WHERE name = ANY(fresh || gone) ORDER BY name FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM unnest(fresh) wish(name) WHERE NOT EXISTS (
            SELECT FROM uploads u WHERE u.name = wish.name
                AND (u.expires_at IS NULL OR u.expires_at > clock_timestamp())
                AND CASE TG_ARGV[0] WHEN 'self' THEN u.user_id = holder
                    ELSE u.staff_id IS NOT NULL END
        )
    ) THEN
        RAISE EXCEPTION 'no such upload: %', fresh
        USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_upload_references_held';
    END IF;
    INSERT INTO upload_references (name, table_name, row_id)
        SELECT name, TG_TABLE_NAME, holder FROM unnest(fresh) name ON CONFLICT DO NOTHING;
    UPDATE uploads SET expires_at = NULL WHERE name = ANY(fresh) AND expires_at IS NOT NULL;
    DELETE FROM upload_references
        WHERE table_name = TG_TABLE_NAME AND row_id = holder AND name = ANY(gone);
    -- What staff let go of stays a day for those who still look at the page, and for second
    -- thoughts; a shopper's goes at once.
    UPDATE uploads u SET expires_at = clock_timestamp()
            + CASE TG_ARGV[0] WHEN 'self' THEN interval '0' ELSE interval '1 day' END
        WHERE u.name = ANY(gone) AND u.expires_at IS NULL AND u.attached_to IS NULL
            AND NOT EXISTS (SELECT FROM upload_references r WHERE r.name = u.name);
    RETURN NULL;
END $$
"""


def _mention(row: str, bare: bool, columns: tuple[str, ...]) -> str:
    stored = ", ".join(f"{row}.{column}::text" for column in columns)
    sign = "." if bare else "/api/v1/uploads/"
    return f"strpos(concat_ws(' ', {stored}), '{sign}') > 0"


def hold(table: str, owner: str, bare: bool, columns: tuple[str, ...]) -> None:
    """Triggers of a table, and the references that are there already."""
    call = f"hold_uploads('{owner}', '{str(bare).lower()}', {str(columns).strip('(,)')})"
    differ = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    for name, when, condition in (
        ("insert", "INSERT", _mention("NEW", bare, columns)),
        ("update", f"UPDATE OF {', '.join(columns)}", differ),
        ("delete", "DELETE", _mention("OLD", bare, columns)),
    ):
        op.execute(
            f"CREATE TRIGGER hold_uploads_{name} AFTER {when} ON {table} FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION {call}"
        )
    stored = ", ".join(f"t.{column}::text" for column in columns)
    mine = "u.user_id = t.id" if owner == "self" else "u.staff_id IS NOT NULL"
    op.execute(
        f"INSERT INTO upload_references (name, table_name, row_id)"
        f" SELECT DISTINCT u.name, '{table}', t.id FROM {table} t"
        f" CROSS JOIN unnest(uploads_in(concat_ws(' ', {stored}), {bare})) named"
        f" JOIN uploads u ON u.name = named AND {mine}"
        f" AND (u.expires_at IS NULL OR u.expires_at > clock_timestamp())"
    )


def upgrade() -> None:
    op.create_table(
        "upload_references",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("row_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", "table_name", "row_id", name="pk_upload_references"),
        sa.ForeignKeyConstraint(["name"], ["uploads.name"], name="fk_upload_references_name"),
    )
    op.drop_constraint("ck_uploads_attached", "uploads")
    op.create_check_constraint(
        op.f("ck_uploads_attached"), "uploads", "attached_to IS NULL OR expires_at IS NULL"
    )
    op.create_index(
        "ix_order_lines_image",
        "order_lines",
        ["image"],
        postgresql_where=sa.text("image LIKE '/api/v1/uploads/%'"),
    )
    for function in (NAMES, HOLD):
        # Neither their colons nor their signs of per cent are parameters.
        op.get_bind().exec_driver_sql(function.replace("%", "%%"))
    for holder in HOLDERS:
        hold(*holder)
    # Designs attached their backgrounds: from now on they refer to them.
    op.execute(
        "UPDATE uploads SET attached_to = NULL, expires_at = CASE WHEN EXISTS (SELECT FROM"
        " upload_references r WHERE r.name = uploads.name) THEN NULL"
        " ELSE clock_timestamp() + interval '1 day' END"
        " WHERE attached_to ~ '^(poster|collage)_template:'"
    )
    op.execute(
        "UPDATE uploads SET expires_at = NULL WHERE expires_at IS NOT NULL"
        " AND name IN (SELECT name FROM upload_references)"
    )


def downgrade() -> None:
    for table, *_ in HOLDERS:
        for name in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER hold_uploads_{name} ON {table}")
    op.execute("DROP FUNCTION hold_uploads()")
    op.execute("DROP FUNCTION uploads_in(text, boolean)")
    op.drop_index("ix_order_lines_image", "order_lines")
    op.drop_constraint("ck_uploads_attached", "uploads")
    op.execute(
        "UPDATE uploads SET attached_to = 'reference'"
        " WHERE attached_to IS NULL AND expires_at IS NULL"
    )
    op.create_check_constraint(
        op.f("ck_uploads_attached"), "uploads", "(attached_to IS NULL) = (expires_at IS NOT NULL)"
    )
    op.drop_table("upload_references")
