"""Which campaigns aren't over. Features declare how theirs are found, so that changed rules and
changed prices find them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign
from mall.kernel.registry import Registry

Running = tuple[Campaign, int]
"""A campaign as it stands, and its version."""


@dataclass(frozen=True)
class CampaignSource:
    """The campaigns of one kind that run or wait for their start.

    `running` describes them. `reviewed` selects `ref` and `version` of those whose version must
    have a verdict: not what was saved before the feature was reviewed.
    """

    kind: str
    running: Callable[[Session], Iterable[Running]]
    reviewed: str | None = None


CAMPAIGN_SOURCES: Registry[CampaignSource] = Registry("campaign sources", lambda one: one.kind)
