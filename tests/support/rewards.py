"""Rewards in amounts for tests: treats of the toy feature, which no two shoppers share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import select

from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.rewards import commands
from mall.rewards.granters import GRANTERS
from mall.rewards.granting import Source, grant
from mall.rewards.models import RewardGrant, RewardPart, RewardRule
from mall.rewards.schemas import RewardRuleInSchema
from tests.features.birthdays.granter import KIND, TreatGranter
from tests.features.birthdays.models import BirthdayTreats, ToyBase
from tests.support.features import installed


@contextmanager
def treats(app: Flask) -> Iterator[None]:
    """The mall of the tests gives treats for a while."""
    with installed(lambda mall: mall.add(GRANTERS, TreatGranter()), app):
        ToyBase.metadata.create_all(db.engine)
        try:
            yield
        finally:
            db.session.rollback()
            ToyBase.metadata.drop_all(db.engine)


def treat_rule(count: int = 100, **more: Any) -> int:
    """A rule that gives treats: its id."""
    body = {"name": "小食", "reward": [{"kind": KIND, "count": count}], **more}
    return commands.create_rule(**RewardRuleInSchema().load(body)).id


def change_treat_rule(rule_id: int, count: int = 100, **more: Any) -> None:
    body = {"name": "小食", "reward": [{"kind": KIND, "count": count}], **more}
    commands.change_rule(rule_id, **RewardRuleInSchema().load(body))


def holding(user_id: int) -> tuple[int, int]:
    """Treats that a shopper holds, and owes."""
    with transaction() as session:
        found = session.execute(
            select(BirthdayTreats.held, BirthdayTreats.owed).where(
                BirthdayTreats.user_id == user_id
            )
        ).one_or_none()
    return (found.held, found.owed) if found else (0, 0)


def used_of(rule_id: int) -> int:
    """What a rule's budget counts."""
    with transaction() as session:
        return session.scalars(select(RewardRule.used).where(RewardRule.id == rule_id)).one()


def state_of(grant_id: int) -> tuple[str, int, int]:
    """A grant's status, and what of its first part was taken back and is owed."""
    with transaction() as session:
        found = session.execute(
            select(RewardGrant.status, RewardPart.taken_back, RewardPart.debt)
            .join(RewardPart, RewardPart.grant_id == RewardGrant.id)
            .where(RewardGrant.id == grant_id, RewardPart.position == 0)
        ).one()
    return found.status, found.taken_back, found.debt


def reward(rule_id: int, event: str, user_id: int) -> str:
    """Grant what a rule says: "granted", "already", or the code of the refusal."""
    try:
        with transaction() as session:
            made = grant(session, user_id, Source(rule_id, event))
    except MallError as refusal:
        return refusal.code
    return "already" if made.repeated else "granted"
