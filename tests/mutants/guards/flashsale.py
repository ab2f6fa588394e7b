"""The flash sale: Redis lets in no more than there are, and PostgreSQL decides again."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

ADMIT = "mall/flashsale/gate/admit.lua"
SETTLE = "mall/flashsale/gate/settle.lua"
ELIGIBILITY = "mall/flashsale/orders/eligibility.py"
ALLOCATION = "mall/flashsale/orders/allocation.py"
PARTICIPANT = "mall/flashsale/orders/participant.py"
TOKENS = "mall/flashsale/purchase/tokens.py"
GATE = ("tests/flashsale/test_gate.py", "tests/flashsale/test_gate_machine.py")
LOADING = ("tests/flashsale/test_gate_loading.py",)
BATCHES = ("tests/flashsale/test_batches.py",)
RETURNED = ("tests/flashsale/test_returned_units.py",)
SIGNED = ("tests/flashsale/test_tokens.py",)

MUTANTS = (
    Mutant(
        "a shopper is let in for more units than they may have",
        ADMIT,
        "if holds + units > tonumber(gate[7]) then return 'limit_reached' end\n",
        "",
        GATE,
    ),
    Mutant(
        "a shopper is let in for more units of a session than they may have",
        ADMIT,
        "  if in_session + units > tonumber(gate[8]) then return 'limit_reached' end\n",
        "",
        GATE,
    ),
    Mutant(
        "more are let in than there are units",
        ADMIT,
        "if left <= 0 then return 'sold_out' end\nif left < units then return 'short' end\n",
        "",
        GATE,
    ),
    Mutant(
        "a missing gate is no limit",
        ADMIT,
        "if not gate[1] or gate[1] ~= redis.call('INFO', 'server'):match('run_id:(%x+)') then",
        "if not gate[1] then",
        GATE + LOADING,
    ),
    Mutant(
        "shoppers are let in before the start",
        ADMIT,
        "if now_ms < tonumber(gate[4]) then return 'not_started' end\n",
        "",
        GATE,
    ),
    Mutant(
        "shoppers are let in after the end",
        ADMIT,
        "if now_ms >= tonumber(gate[5]) then return 'ended' end\n",
        "",
        GATE,
    ),
    Mutant(
        "old customers are let in where only new ones may buy",
        ADMIT,
        "if gate[6] == 'new_customers' and ARGV[5] % 2 == 0 then return 'not_eligible' end\n",
        "",
        GATE,
    ),
    Mutant(
        "a pass of another session is taken",
        ADMIT,
        "if gate[2] ~= ARGV[6] then return 'pass_invalid' end\n",
        "",
        GATE,
    ),
    Mutant(
        "a key answers for another body",
        ADMIT,
        "      if digest ~= ARGV[2] then return 'idempotency_key_reused' end\n",
        "",
        GATE,
    ),
    Mutant(
        "a paused gate lets in",
        ADMIT,
        "if state ~= 'open' then return state end\n",
        "",
        GATE,
    ),
    Mutant(
        "a ticket is given back twice",
        "mall/flashsale/gate/release.lua",
        "    if state > 2 then return 0 end\n",
        "",
        GATE,
    ),
    Mutant(
        "a failed ticket is settled twice",
        SETTLE,
        "      if state ~= 1 then return end\n",
        "",
        GATE,
    ),
    Mutant(
        "units are moved that a part hasn't got",
        "mall/flashsale/gate/move.lua",
        "if gate[1] ~= ARGV[1] or gate[2] + ARGV[2] < 0 then return 0 end",
        "if gate[1] ~= ARGV[1] then return 0 end",
        (*GATE, "tests/flashsale/test_reconciling.py"),
    ),
    Mutant(
        "an older gate takes the place of a newer one",
        "mall/flashsale/gate/swap.lua",
        "if there[2] == ARGV[2] and tonumber(there[1]) > tonumber(ARGV[1]) then",
        "if there[2] == ARGV[2] and tonumber(there[1]) < 0 then",
        LOADING + GATE,
    ),
    Mutant(
        "PostgreSQL believes Redis about a shopper's limit",
        ELIGIBILITY,
        "    if held + entry.units > item.limit:\n        return True\n",
        "",
        BATCHES,
    ),
    Mutant(
        "PostgreSQL believes Redis about what is left",
        ELIGIBILITY,
        "    if totals.sold[item.id] + entry.units > item.left:\n        return SOLD_OUT\n",
        "",
        BATCHES,
    ),
    Mutant(
        "who is barred, or isn't new, gets an order",
        ELIGIBILITY,
        "if shopper is None or shopper.barred or not shopper.is_new:",
        "if shopper is None:",
        BATCHES,
    ),
    Mutant(
        "an attempt of a sale that was called off gets an order",
        ELIGIBILITY,
        "    if item.state == ABORTED or item.settled:\n"
        "        return ABORT if item.state == ABORTED else ENDED\n",
        "",
        BATCHES,
    ),
    Mutant(
        "a session's limit isn't looked at again",
        ELIGIBILITY,
        "    return held + entry.units > item.session_limit",
        "    return held < 0",
        BATCHES,
    ),
    Mutant(
        "more units are sold than there are",
        ALLOCATION,
        "WHERE i.id = w.item_id AND i.sold + w.units <= i.stock - i.returned",
        "WHERE i.id = w.item_id",
        (*BATCHES, "tests/races/test_flash_workers.py"),
        "the item is locked, and what is left was looked at (`sold_out`); the table's check stands"
        " behind",
    ),
    Mutant(
        "an order of a sale gives its units back twice",
        PARTICIPANT,
        "WHERE ticket = :ticket AND status = 'ordered' RETURNING ticket",
        "WHERE ticket = :ticket RETURNING ticket",
        RETURNED,
        "only a ticket that is ordered is found, under the item's lock (`_TICKET`)",
    ),
    Mutant(
        "units that left are sold again",
        PARTICIPANT,
        "CASE WHEN o.paid_at IS NULL THEN l.quantity ELSE l.restocked_quantity END",
        "l.quantity",
        RETURNED,
    ),
    Mutant(
        "a forged pass is taken",
        TOKENS,
        "if key is None or not hmac.compare_digest(_mac(key, said, device), given):",
        "if key is None:",
        SIGNED,
    ),
    Mutant(
        "a pass never ends",
        TOKENS,
        "        if int(parts[5]) <= time():\n            raise TokenExpired\n",
        "",
        SIGNED,
    ),
    Mutant(
        "a pass of another device is taken",
        TOKENS,
        'mac.update(f"{said}|{device}".encode("utf-8", "surrogateescape"))',
        'mac.update(f"{said}|".encode("utf-8", "surrogateescape"))',
        SIGNED,
    ),
    Mutant(
        "robots attempt without end",
        "mall/flashsale/purchase/rate_limits.py",
        "        return count <= self.limit",
        "        return count > 0",
        ("tests/flashsale/test_transports.py", "tests/flashsale/test_event_loop.py"),
    ),
)
