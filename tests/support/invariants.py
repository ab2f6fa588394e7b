"""The invariants, asked at the end of a journey or a race."""

from __future__ import annotations

from mall.doctor.invariants import violations
from mall.kernel.db import db, transaction


def check_invariants() -> None:
    """Fail with every row that breaks an invariant. Needs an app context."""
    db.session.rollback()
    with transaction() as session:
        found = violations(session)
    assert not found, "\n".join(str(violation) for violation in found)
