"""Background work on shoppers."""

from __future__ import annotations

import base64

import structlog
from sqlalchemy import update

from mall.kernel.db import db, release_connection, transaction
from mall.kernel.jobs import SWEEP, job
from mall.kernel.sealed import sealer
from mall.users import erasing, returning
from mall.users.models import User
from mall.users.queries import known_openid
from mall.users.risk import CLIENT_IP
from mall.wechat.errors import WechatRefused
from mall.wechat.gateway import gateway


@job("users.record_risk")
def record_risk(user_id: int, client_ip: str, scene: int) -> None:
    """Keep WeChat's risk rank of a shopper; repeated while WeChat can't answer.

    A refusal is final (the user is no longer known to have been here): the rank stays
    as it was; an empty one reads as unknown.
    """
    openid = known_openid(db.session(), user_id)
    if openid is None:  # the account was closed meanwhile
        return
    address = sealer().open(base64.b64decode(client_ip), CLIENT_IP)
    release_connection()
    try:
        rank = gateway().mini.risk_rank(openid, scene, address)
    except WechatRefused as refused:
        structlog.get_logger("mall.users").warning("no risk rank", errcode=refused.code)
        return
    with transaction() as session:
        session.execute(
            update(User).where(User.id == user_id, User.closed_at.is_(None)).values(risk_rank=rank)
        )


@job(erasing.ERASE_JOB)
def erase_closed(user_id: int) -> None:
    """Erase what needn't be kept of an account that was just closed."""
    erasing.erase_at_once(user_id)


@job("users.erase_due", retry=SWEEP, cron="*/10 * * * *")
def erase_due() -> None:
    """Erase what is due of accounts that were closed before."""
    erasing.erase_due()


@job("users.forget_returning", retry=SWEEP, cron="37 19 * * *")
def forget_returning() -> None:
    """Drop what is known of customers who closed their accounts, once its days are over."""
    with transaction() as session:
        returning.forget_old(session)
