"""WeChat's opinion of a shopper's risk: asked at registration, and again before rewards."""

from __future__ import annotations

import base64

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.kernel.sealed import sealer

CLIENT_IP = "registration.client_ip"
REGISTRATION, MARKETING = 0, 1
"""WeChat's scenes: a new account; somebody who is after rewards."""

_DUE = text(
    """
    UPDATE users SET risk_asked_at = clock_timestamp()
    WHERE id = :user_id AND closed_at IS NULL
      AND (risk_asked_at IS NULL OR risk_asked_at < clock_timestamp() - interval '1 day')
    RETURNING id
    """
)


def ask(session: Session, user_id: int, client_ip: str, scene: int) -> None:
    """Have WeChat asked by a job, unless it was within a day. The rank lands on the user."""
    if session.execute(_DUE, {"user_id": user_id}).first() is not None:
        # The address is personal: it waits sealed for the job that needs it.
        sealed = base64.b64encode(sealer().seal(client_ip, CLIENT_IP)).decode()
        jobs.defer(session, "users.record_risk", user_id=user_id, client_ip=sealed, scene=scene)


def ask_before_a_sale(user_id: int, client_ip: str) -> None:
    """As `ask`, on its own: for a shopper who is about to buy a limited offer."""
    with transaction() as session:
        ask(session, user_id, client_ip, MARKETING)
