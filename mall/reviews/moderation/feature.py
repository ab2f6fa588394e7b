"""Moderation."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.kernel.outbound import CALL_KINDS
from mall.messages.kinds import KINDS
from mall.reviews.moderation import admin, asking, jobs, routes
from mall.reviews.moderation.attention import CONTRADICTED, WAITING_LONG
from mall.reviews.moderation.closed_accounts import CONTENTS, REPORTS
from mall.reviews.moderation.invariants import INVARIANTS
from mall.reviews.moderation.settings import SETTINGS as OWN_SETTINGS
from mall.reviews.moderation.telling import CONTENT_DECIDED
from mall.reviews.moderation.verdicts import take_push
from mall.reviews.moderation.words import init_words
from mall.settings import SETTINGS
from mall.users.erasing import ERASERS
from mall.wechat.media_verdicts import EVENT
from mall.wechat.push_events import PUSH_HANDLERS, PushHandler


def install(mall: Mall) -> None:
    """Declare moderation. Other parts add their kinds to `CONTENT_KINDS`."""
    mall.setup(init_words)
    mall.blueprints(routes.blp, admin.blp)
    mall.permissions({admin.READ: "查看内容审核", admin.DECIDE: "审核内容"})
    mall.jobs(jobs)
    mall.add(SETTINGS, *OWN_SETTINGS)
    mall.add(CALL_KINDS, asking.TEXTS, asking.PICTURES)
    mall.add(PUSH_HANDLERS, PushHandler(EVENT, take_push))
    mall.add(KINDS, CONTENT_DECIDED)
    mall.add(ERASERS, CONTENTS, REPORTS)
    mall.invariants(*INVARIANTS)
    mall.attention(WAITING_LONG, CONTRADICTED)
