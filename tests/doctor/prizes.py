"""Ways to break what must hold of physical prizes."""

from __future__ import annotations

from tests.doctor.lottery import DRAWN

_MOVED = (
    "INSERT INTO stock_movements (sku_id, kind, ref, sellable_delta, reserved_delta, sold_delta)"
)
_HOLD = "'prize' || chr(58) || '1' || chr(58) || '1'"
# Two units of the unpaid order's goods wait for their shopper's address.
WAITS = (
    "INSERT INTO reward_grants (rule_id, event, user_id, day)"
    " SELECT 1, 'x', user_id, current_date FROM orders WHERE id = :unpaid;"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT g.id, 0, 'goods', l.sku_id, 2, '1' FROM reward_grants g, order_lines l"
    " WHERE l.order_id = :unpaid;"
    "INSERT INTO prize_claims (id, grant_id, user_id, sku_id, units, claim_by)"
    " OVERRIDING SYSTEM VALUE SELECT 1, g.id, g.user_id, CAST(p.what AS bigint), 2,"
    " now() + interval '15 days' FROM reward_grants g JOIN reward_parts p ON p.grant_id = g.id;"
    "UPDATE stocks SET received = received + 2, reserved = reserved + 2"
    " WHERE sku_id = (SELECT sku_id FROM prize_claims);"
    f"{_MOVED} SELECT sku_id, 'put_in', 'x', 2, 0, 0 FROM prize_claims;"
    f"{_MOVED} SELECT sku_id, 'reserve', {_HOLD}, -2, 2, 0 FROM prize_claims"
)
# The unpaid order is that of the prize.
ORDERED = (
    f"{WAITS};"
    "UPDATE prize_claims SET state = 'ordered', order_id = :unpaid, ordered_at = now();"
    "UPDATE stocks SET sellable = sellable + 2, reserved = reserved - 2"
    " WHERE sku_id = (SELECT sku_id FROM prize_claims);"
    f"{_MOVED} SELECT sku_id, 'release', {_HOLD}, 2, -2, 0 FROM prize_claims;"
    "UPDATE orders SET kind = 'prize', payable_fen = 0,"
    " choices = jsonb_build_object('prize', '1') WHERE id = :unpaid"
)
# The goods that the first draw won were not claimed: the second version has one more of them.
BACK = (
    f"{DRAWN};"
    "UPDATE reward_parts SET kind = 'goods', what = (SELECT CAST(min(sku_id) AS text) FROM stocks);"
    "INSERT INTO prize_claims (id, grant_id, user_id, sku_id, units, state, claim_by)"
    " OVERRIDING SYSTEM VALUE SELECT 1, w.grant_id, w.user_id, CAST(p.what AS bigint), 1,"
    " 'expired', now() - interval '1 hour' FROM lottery_wins w"
    " JOIN reward_parts p ON p.grant_id = w.grant_id;"
    "INSERT INTO lottery_versions (lottery_id, version, from_draw, canonical, digest, costs_fen)"
    " SELECT 1, 2, 3, CAST(jsonb_set(CAST(canonical AS jsonb), ARRAY['prizes', '0', 'count'], '6')"
    " AS text), 'x', costs_fen FROM lottery_versions;"
    "UPDATE lottery_versions SET digest = encode(sha256(convert_to(canonical, 'UTF8')), 'hex');"
    "UPDATE lotteries SET version = 2, left_counts = '[5, 0]', digest = v.digest"
    " FROM lottery_versions v WHERE v.version = 2;"
    "INSERT INTO lottery_returns (claim_id, lottery_id, number, prize, cost_fen, state, version,"
    " decided_at) VALUES (1, 1, 1, 0, 10, 'returned', 2, now())"
)
SOUND = (WAITS, ORDERED, BACK)
BREAKS: dict[str, list[str]] = {
    "I79a": [
        f"{WAITS}; UPDATE prize_claims SET units = 3",
        f"{WAITS}; UPDATE prize_claims SET state = 'expired'",
        f"{WAITS}; DELETE FROM stock_movements WHERE ref = {_HOLD}",
        f"{ORDERED}; DELETE FROM stock_movements WHERE ref = {_HOLD} AND kind = 'release'",
    ],
    "I79b": [
        f"{WAITS}; DELETE FROM reward_parts",
        f"{WAITS}; DELETE FROM prize_claims",
        f"{WAITS}; UPDATE prize_claims SET grant_id = NULL",
        f"{WAITS}; UPDATE prize_claims SET user_id = user_id + 1",
        f"{WAITS}; UPDATE prize_claims SET units = 3",
        f"{WAITS}; UPDATE reward_parts SET what = 'x'",
        f"{WAITS}; UPDATE reward_parts SET receipt = '2'",
    ],
    "I79c": [
        f"{ORDERED}; UPDATE orders SET status = 'closed' WHERE id = :unpaid",
        f"{ORDERED}; UPDATE orders SET payable_fen = 1 WHERE id = :unpaid",
        f"{ORDERED}; UPDATE orders SET kind = 'normal' WHERE id = :unpaid",
        f"{ORDERED}; UPDATE order_lines SET quantity = 3 WHERE order_id = :unpaid",
        f"{ORDERED}; UPDATE prize_claims SET state = 'canceled'",
        f"{ORDERED}; UPDATE prize_claims SET back_units = 1",
        f"{ORDERED}; UPDATE prize_claims SET order_id = :paid",
    ],
    "I79d": [
        f"{ORDERED}; UPDATE prize_claims SET claim_by = ordered_at - interval '1 second'",
        f"{WAITS}; UPDATE prize_claims SET state = 'expired'",
    ],
    "I79e": [
        f"{BACK}; UPDATE lottery_returns SET version = 1",
        f"{BACK}; UPDATE lottery_returns SET prize = 1",
        f"{BACK}; UPDATE lottery_returns SET cost_fen = 5",
        f"{BACK}; DELETE FROM prize_claims",
        f"{BACK}; UPDATE prize_claims SET state = 'canceled'",
        f"{BACK}; DELETE FROM lottery_wins",
    ],
}
