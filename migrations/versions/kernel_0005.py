"""A job that ends lets the workers know, when others wait for its lock.

Procrastinate tells workers of new jobs only: one that waited for a lock was found at the next
poll, seconds later.
"""

from alembic import op

revision = "kernel_0005"
down_revision = "leaderboards_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION tell_of_freed_lock() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            notice text := json_build_object('type', 'job_inserted', 'job_id', NEW.id);
        BEGIN
            PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, notice);
            PERFORM pg_notify('procrastinate_any_queue_v1', notice);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER tell_of_freed_lock AFTER UPDATE OF status ON procrastinate_jobs
        FOR EACH ROW WHEN (NEW.lock IS NOT NULL AND OLD.status = 'doing' AND NEW.status <> 'doing')
        EXECUTE FUNCTION tell_of_freed_lock()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tell_of_freed_lock ON procrastinate_jobs")
    op.execute("DROP FUNCTION tell_of_freed_lock()")
