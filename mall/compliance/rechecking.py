"""Asking today's rules about every campaign that isn't over: rules change, and so do prices.

What staff accepted when they saved a version isn't said again. What is new stands in
`compliance_rechecks` until it is accepted, the campaign is changed, or it is over.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from mall.compliance.campaigns import Campaign
from mall.compliance.errors import RecheckNotFound, RecheckRefused
from mall.compliance.models import ComplianceRecheck, ComplianceVerdict
from mall.compliance.rules import REFUSED, WARNED, Finding, judge, result_of
from mall.compliance.running import CAMPAIGN_SOURCES, CampaignSource
from mall.kernel.db import transaction
from mall.staff.audit import record, staff_of_request

# One that was saved anew in the meantime has its own verdict. The same findings keep their
# acceptance.
_KEEP = text(
    """
    INSERT INTO compliance_rechecks AS r (kind, ref, version, name, result, findings)
    SELECT :kind, :ref, :version, :name, :result, :findings
    WHERE NOT EXISTS (
        SELECT FROM compliance_verdicts v
        WHERE v.kind = :kind AND v.ref = :ref AND v.version > :version
    )
    ON CONFLICT ON CONSTRAINT uq_compliance_rechecks_kind_ref DO UPDATE
    SET version = excluded.version, name = excluded.name, result = excluded.result,
        findings = excluded.findings, accepted_at = NULL, accepted_by = NULL,
        created_at = clock_timestamp()
    WHERE (r.version, r.findings) IS DISTINCT FROM (excluded.version, excluded.findings)
    """
).bindparams(bindparam("findings", type_=JSONB))


@dataclass(frozen=True, slots=True)
class Rechecked:
    """How many campaigns were asked about, and to how many the rules newly object."""

    checked: int
    warned: int
    refused: int


def recheck() -> Rechecked:
    """Judge all campaigns that aren't over, a transaction a kind. Safe to repeat."""
    results: list[str | None] = []
    kinds = list(CAMPAIGN_SOURCES.items())
    for source in CAMPAIGN_SOURCES.items().values():
        with transaction() as session:
            results += _recheck(session, source)
    with transaction() as session:
        session.execute(delete(ComplianceRecheck).where(ComplianceRecheck.kind.not_in(kinds)))
    return Rechecked(len(results), results.count(WARNED), results.count(REFUSED))


def accept(recheck_id: int) -> None:
    """Staff know of what the rules warn. Saying so again changes nothing.

    Raises RecheckNotFound, RecheckRefused for what nobody may accept.
    """
    with transaction() as session:
        row = session.execute(
            select(*ComplianceRecheck.__table__.c)
            .where(ComplianceRecheck.id == recheck_id)
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise RecheckNotFound
        if row.result == REFUSED:
            raise RecheckRefused
        if row.accepted_at is not None:
            return
        staff = staff_of_request()
        session.execute(
            update(ComplianceRecheck)
            .where(ComplianceRecheck.id == recheck_id)
            .values(accepted_at=text("clock_timestamp()"), accepted_by=staff and staff.staff_id)
        )
        record(
            session,
            action="compliance.accept",
            target_type=row.kind,
            target_id=row.ref,
            after={"version": row.version, "findings": row.findings},
        )


def _recheck(session: Session, source: CampaignSource) -> list[str | None]:
    """The results of a kind, None for a campaign to which nothing new is said."""
    results: list[str | None] = []
    objected: list[str] = []
    for campaign, version in source.running(session):
        news = _news(session, campaign, version)
        results.append(result_of(news) if news else None)
        if news:
            objected.append(campaign.ref)
            _keep(session, campaign, version, news)
    session.execute(
        delete(ComplianceRecheck).where(
            ComplianceRecheck.kind == source.kind, ComplianceRecheck.ref.not_in(objected)
        )
    )
    return results


def _news(session: Session, campaign: Campaign, version: int) -> list[Finding]:
    """What the rules say now and didn't when the version was saved. Nobody accepted what a
    `refused` verdict says."""
    accepted = session.scalar(
        select(ComplianceVerdict.findings).where(
            ComplianceVerdict.kind == campaign.kind,
            ComplianceVerdict.ref == campaign.ref,
            ComplianceVerdict.version == version,
            ComplianceVerdict.result != REFUSED,
        )
    )
    known = {(one["rule"], one["severity"], one["message"]) for one in accepted or ()}
    return [
        one
        for one in judge(campaign).findings
        if (one.rule, one.severity, one.message) not in known
    ]


def _keep(session: Session, campaign: Campaign, version: int, news: Sequence[Finding]) -> None:
    findings: list[dict[str, Any]] = [dataclasses.asdict(one) for one in news]
    session.execute(
        _KEEP,
        {
            "kind": campaign.kind,
            "ref": campaign.ref,
            "version": version,
            "name": campaign.name,
            "result": result_of(news),
            "findings": findings,
        },
    )
