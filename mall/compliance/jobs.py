"""Each night: verdicts are kept for two years after their campaign; what runs is asked about."""

from __future__ import annotations

from sqlalchemy import and_, delete, exists, func, or_, text
from sqlalchemy.orm import aliased

from mall.compliance import rechecking
from mall.compliance.models import ComplianceVerdict
from mall.kernel.db import transaction
from mall.kernel.jobs import SWEEP, job

_newer = aliased(ComplianceVerdict)


@job("compliance.delete_old_verdicts", retry=SWEEP, cron="41 19 * * *")
def delete_old_verdicts() -> None:
    """Forget versions that have been over or replaced for two years.

    The newest version of a campaign without an end stays.
    """
    two_years_ago = func.now() - text("interval '2 years'")
    row = ComplianceVerdict
    over = and_(row.ends_at < two_years_ago, row.created_at < two_years_ago)
    replaced = exists().where(
        _newer.kind == row.kind,
        _newer.ref == row.ref,
        _newer.version > row.version,
        _newer.created_at < two_years_ago,
    )
    with transaction() as session:
        session.execute(
            delete(row).where(or_(over, replaced)).execution_options(synchronize_session=False)
        )


@job("compliance.recheck", retry=SWEEP, cron="11 20 * * *")
def recheck() -> None:
    """Ask today's rules about every campaign that isn't over."""
    rechecking.recheck()
