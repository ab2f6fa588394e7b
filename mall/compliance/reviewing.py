"""Asking the rules about a campaign that is being saved, and keeping what they said."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign
from mall.compliance.errors import CampaignRefused, CampaignWarned
from mall.compliance.models import ComplianceRecheck, ComplianceVerdict
from mall.compliance.rules import REFUSED, WARNED, Finding, Verdict, judge
from mall.staff.audit import staff_of_request


def review(
    session: Session, campaign: Campaign, version: int, *, accept_warnings: bool = False
) -> Verdict:
    """The verdict of a version, kept in the transaction that saves it.

    Every saved version is reviewed once, under the lock of its row, after it is written: a
    refusal undoes it. Raises CampaignRefused with all reasons, or CampaignWarned for warnings
    that aren't accepted.
    """
    verdict = judge(campaign)
    if verdict.result == REFUSED:
        raise CampaignRefused(_said(CampaignRefused.message, verdict.findings))
    if verdict.result == WARNED and not accept_warnings:
        raise CampaignWarned(
            _said(CampaignWarned.message, verdict.findings) + "。确认无误请勾选“已知悉风险”后保存",
            param="accept_warnings",
        )
    _keep(session, campaign, version, verdict)
    return verdict


def keep_verdict(session: Session, campaign: Campaign, version: int) -> Verdict:
    """The verdict of a version that only gives less than the one before: nothing is refused.

    A campaign that rules object to can so be ended, and what is wrong of it taken away.
    """
    verdict = judge(campaign)
    _keep(session, campaign, version, verdict)
    return verdict


def _keep(session: Session, campaign: Campaign, version: int, verdict: Verdict) -> None:
    staff = staff_of_request()
    # What was said of the version before is over.
    session.execute(
        delete(ComplianceRecheck).where(
            ComplianceRecheck.kind == campaign.kind, ComplianceRecheck.ref == campaign.ref
        )
    )
    session.execute(
        insert(ComplianceVerdict).values(
            kind=campaign.kind,
            ref=campaign.ref,
            version=version,
            snapshot=_plain(dataclasses.asdict(campaign)),
            result=verdict.result,
            findings=[dataclasses.asdict(finding) for finding in verdict.findings],
            rules=list(verdict.rules),
            ends_at=campaign.ends_at,
            staff_id=staff.staff_id if staff else None,
        )
    )


def _said(first: str, findings: tuple[Finding, ...]) -> str:
    return f"{first}：" + "；".join(f"{each.message}（{each.source}）" for each in findings)


def _plain(values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _plain(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_plain(value) for value in values]
    return values.isoformat() if isinstance(values, datetime) else values
