"""What the doctor tells Prometheus."""

from __future__ import annotations

from prometheus_client import Gauge

VIOLATIONS = Gauge(
    "mall_invariant_violations",
    "Rows that break an invariant at the last check, 50 at most; NaN if it couldn't be asked",
    ["invariant", "scope"],
    multiprocess_mode="mostrecent",
)
UNANSWERED = Gauge(
    "mall_invariant_unanswered",
    "1 when an invariant timed out or failed at the last check",
    ["invariant", "scope"],
    multiprocess_mode="mostrecent",
)
CHECKED_AT = Gauge(
    "mall_invariants_checked_at_seconds",
    "When the last check of all invariants ended, Unix time",
    ["scope"],
    multiprocess_mode="mostrecent",
)
ATTENTION_ITEMS = Gauge(
    "mall_attention_items",
    "Things that somebody should look at, by list; NaN if it couldn't be read",
    ["list"],
    multiprocess_mode="mostrecent",
)
