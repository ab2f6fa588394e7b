"""What screening tells Prometheus."""

from __future__ import annotations

from prometheus_client import Counter

SCREENED = Counter("mall_referral_screened_total", "Bindings that came to a standing.", ["status"])
