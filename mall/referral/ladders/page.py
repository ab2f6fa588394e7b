"""The page of a campaign, as it is shared."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.referral.ladders.campaigns import RUNNING, CampaignView, campaign
from mall.referral.ladders.errors import LadderNotFound
from mall.sharing.pages.kinds import Card, Page, PageKind

NAME = "ladder"


def _running(session: Session, campaign_id: int) -> CampaignView | None:
    try:
        found = campaign(session, campaign_id)
    except LadderNotFound:
        return None
    return found if found.state == RUNNING else None


def _page(session: Session, campaign_id: int) -> Page | None:
    return None if _running(session, campaign_id) is None else Page(NAME, campaign_id)


def _card(session: Session, campaign_id: int) -> Card | None:
    found = _running(session, campaign_id)
    return None if found is None else Card(found.name)


LADDER_PAGE = PageKind(NAME, "邀新活动页", _page, _card)
