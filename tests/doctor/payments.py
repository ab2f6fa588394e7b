"""What breaks the promises about what WeChat says of payments and refunds."""

from __future__ import annotations

# A contradiction about the paid order, of which a parcel is on its way.
_ABOUT_PAID = (
    "INSERT INTO payment_discrepancies"
    " (kind, source, number, order_id, expected, actual, created_at{})"
    " SELECT 'contradicting_refund', 'callback', 'R9', :paid, '{{}}', '{{}}',"
    " min(created_at) + interval '{}'{} FROM shipments"
)
SOUND = (
    _ABOUT_PAID.format("", "1 second", ""),
    _ABOUT_PAID.format(
        ", resolved_at, resolution", "-2 seconds", ", min(created_at) - interval '1 second', 'x'"
    ),
)
BREAKS: dict[str, list[str]] = {
    "I14d": [
        _ABOUT_PAID.format("", "-1 second", ""),
        _ABOUT_PAID.format(
            ", resolved_at, resolution", "-1 second", ", min(created_at) + interval '1 second', 'x'"
        ),
    ],
}
