"""I40: what was reviewed has its verdict."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.kernel.invariants import Invariant


def _unreviewed() -> str:
    """Running campaigns whose version has no verdict. Without any source: nothing."""
    parts = [
        f"SELECT '{source.kind}' AS kind, s.ref, s.version FROM ({source.reviewed}) s"  # noqa: S608
        for source in CAMPAIGN_SOURCES.items().values()
        if source.reviewed is not None
    ]
    parts = parts or ["SELECT '' AS kind, '' AS ref, 0 AS version WHERE false"]
    return f"""
        SELECT kind, ref, version FROM ({" UNION ALL ".join(parts)}) saved
        WHERE NOT EXISTS (
            SELECT FROM compliance_verdicts v
            WHERE (v.kind, v.ref, v.version) = (saved.kind, saved.ref, saved.version)
        )
    """  # noqa: S608 - the features' own constants


INVARIANTS = (Invariant("I40a", "each version of a campaign that runs was reviewed", _unreviewed),)
