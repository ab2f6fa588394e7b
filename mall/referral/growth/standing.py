"""Where a shopper stands as a promoter, and what is missing for the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.db import db_now
from mall.referral.growth.conditions import Condition, Known, conditions
from mall.referral.growth.evaluating import (
    Rules,
    enabled_rules,
    first_met,
    know,
    positions,
    rules_of_next_level,
    rules_of_standing,
)
from mall.referral.lessons.queries import names_of
from mall.referral.promoters.agreements import newest_agreement
from mall.referral.promoters.applying import may_apply_at
from mall.referral.promoters.models import (
    ACTIVE,
    APPLIED,
    BLOCKED,
    Promoter,
    PromoterAgreement,
    PromoterLevel,
)
from mall.referral.promoters.queries import active_promoter
from mall.referral.promoters.settings import CLOSED, JOINING


@dataclass(frozen=True, slots=True)
class Way:
    """A growth rule: who meets all of its conditions has what it opens."""

    name: str
    conditions: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class Standing:
    """`is_paid`: earns as a promoter now. `may_apply`: an application would be taken now;
    `may_apply_at` is from when on, when it is too early. `is_open`: a growth rule is met, so an
    application needs nobody's decision. `ways` lead to `next_level`, or for who isn't a promoter
    to being one."""

    promoter: Promoter | None
    level: PromoterLevel | None
    agreement: PromoterAgreement | None
    is_paid: bool
    joining: str
    may_apply: bool
    may_apply_at: datetime | None
    is_open: bool
    next_level: PromoterLevel | None
    ways: Sequence[Way]

    @property
    def status(self) -> str | None:
        """None: never applied."""
        return self.promoter.status if self.promoter else None

    @property
    def reason(self) -> str | None:
        """What staff said last."""
        return self.promoter.reason if self.promoter else None

    @property
    def agreement_version(self) -> int | None:
        """The version that was accepted last."""
        return self.promoter.agreement_version if self.promoter else None

    @property
    def agreed_at(self) -> datetime | None:
        """When it was accepted."""
        return self.promoter.agreed_at if self.promoter else None

    @property
    def must_accept(self) -> bool:
        """A promoter who hasn't accepted the newest agreement."""
        promoter, agreement = self.promoter, self.agreement
        if promoter is None or agreement is None or promoter.status not in {ACTIVE, APPLIED}:
            return False
        return promoter.agreement_version < agreement.version


def standing(session: Session, user_id: int) -> Standing:
    """All that a shopper's page of promoters shows."""
    promoter = session.scalar(
        select(Promoter)
        .where(Promoter.user_id == user_id)
        .execution_options(populate_existing=True)
    )
    levels = _levels(session)
    rules, known = enabled_rules(session), know(session, [user_id])[user_id]
    agreement, opening = newest_agreement(session), rules_of_standing(rules)
    is_promoter = promoter is not None and promoter.status in {ACTIVE, BLOCKED}
    is_open = not is_promoter and first_met(opening, known) is not None
    wanted, next_level = opening, None
    if promoter is not None and is_promoter:
        wanted = rules_of_next_level(rules, positions(session), promoter.level_id)
        next_level = levels[wanted[0].level_id] if wanted and wanted[0].level_id else None
    too_early = _too_early(session, promoter)
    ready = agreement is not None and bool(levels) and too_early is None
    by_growth = is_open and not (promoter and promoter.staff_first)
    return Standing(
        promoter=promoter,
        level=levels[promoter.level_id] if promoter and is_promoter else None,
        agreement=agreement,
        is_paid=active_promoter(session, user_id) is not None,
        joining=JOINING.get(),
        may_apply=ready
        and not is_promoter
        and (promoter is None or promoter.status != APPLIED)
        and (by_growth or JOINING.get() != CLOSED),
        may_apply_at=too_early,
        is_open=by_growth,
        next_level=next_level,
        ways=_ways(session, wanted, known),
    )


def _levels(session: Session) -> dict[int, PromoterLevel]:
    found = session.scalars(select(PromoterLevel).execution_options(populate_existing=True)).all()
    return {one.id: one for one in found}


def _too_early(session: Session, promoter: Promoter | None) -> datetime | None:
    if promoter is None or promoter.status in {ACTIVE, BLOCKED, APPLIED}:
        return None
    from_then = may_apply_at(promoter)
    return from_then if from_then > db_now(session) else None


def _ways(session: Session, rules: Rules, known: Known) -> list[Way]:
    names = names_of(session, {one for rule in rules for one in rule.lesson_ids})
    return [Way(rule.name, conditions(rule, known, names)) for rule in rules]
