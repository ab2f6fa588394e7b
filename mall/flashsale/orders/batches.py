"""From admitted attempts to orders: one transaction for a whole batch.

The items' rows are held from the first statement to the commit, so of two workers with the
same item one waits; everything that is decided is guarded once more by a conditional UPDATE
or a unique row, and a guard that isn't met undoes the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.flashsale.gate import Entry, Outcome
from mall.flashsale.models import FAILED, ticket_ref
from mall.flashsale.orders import allocation, eligibility
from mall.flashsale.orders.allocation import Failed, Ordered
from mall.flashsale.orders.eligibility import LockedItem
from mall.flashsale.orders.kind import FLASH
from mall.flashsale.orders.pricing import QuoteCache, QuoteKey, choices_of
from mall.inventory.transfer import Transfer, transfer
from mall.kernel.db import after_commit, transaction
from mall.kernel.failpoints import failpoint
from mall.orders.batch import Draft, place_batch
from mall.orders.lines import stock_ref
from mall.users.addressing import AddressSnapshot
from mall.users.queries import address_snapshots

BATCH = 500


@dataclass(frozen=True, slots=True)
class _Accepted:
    entry: Entry
    item: LockedItem
    draft: Draft


def process_batch(entries: Sequence[Entry], prices: QuoteCache) -> list[Outcome]:
    """Turn these attempts into orders or refusals, all in one commit; what became of each.

    An attempt that was processed before has the outcome that it had then. Raises
    AllocationConflict, and errors of the database; then nothing has changed and the attempts
    still wait.
    """
    if not entries:
        return []
    with transaction() as session:
        items = eligibility.hold_items(session, entries)
        known = eligibility.known_tickets(session, entries)
        outcomes = [_of_known(entry, known[n]) for n, entry in enumerate(entries) if n in known]
        fresh, doubled = _once([entry for n, entry in enumerate(entries) if n not in known])
        accepted, failed = _judge(session, fresh, items, prices)
        orders = _write(session, accepted, failed)
        failpoint("flash.before_batch_commit")
        after_commit(session, _after_commit)
    outcomes += [Outcome(one.entry, "ordered", one.order_no) for one in orders]
    outcomes += [Outcome(one.entry, "failed", one.reason) for one in failed]
    return outcomes + [Outcome(entry, "failed", eligibility.DUPLICATE) for entry in doubled]


def fail_attempt(entry: Entry) -> Outcome:
    """Record that an attempt failed for an unknown reason: its units are free again."""
    with transaction() as session:
        allocation.write_tickets(session, [], [Failed(entry, eligibility.ERROR)])
    return Outcome(entry, "failed", eligibility.ERROR)


def _after_commit(_session: Session) -> None:
    failpoint("flash.after_batch_commit")


def _of_known(entry: Entry, known: eligibility.KnownTicket) -> Outcome:
    """A released ticket was an order's; the gate learns of its release by a job of its own."""
    if known.ticket != str(entry.ticket):
        return Outcome(entry, "failed", eligibility.DUPLICATE)
    return Outcome(entry, "failed" if known.status == FAILED else "ordered", known.note)


def _once(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Each attempt once, and the repeated entries: a lost gate admitted an attempt twice."""
    seen: dict[tuple[int, int, bytes], Entry] = {}
    doubled = []
    for entry in entries:
        first = seen.setdefault((entry.ticket.item_id, entry.user_id, entry.digest), entry)
        if first is not entry:
            doubled.append(entry)
    return list(seen.values()), doubled


def _judge(
    session: Session, entries: Sequence[Entry], items: Mapping[int, LockedItem], prices: QuoteCache
) -> tuple[list[_Accepted], list[Failed]]:
    """Examine the attempts in the order of their arrival: what one gets, the next can't."""
    shoppers = eligibility.shopper_facts(session, entries, items)
    addresses = address_snapshots(session, {(e.user_id, e.address_id) for e in entries})
    wanted = {
        n: _quote_key(
            entry, items[entry.ticket.item_id], addresses[entry.user_id, entry.address_id]
        )
        for n, entry in enumerate(entries)
        if (entry.user_id, entry.address_id) in addresses
    }
    quotes = prices.quotes(session, wanted.values())
    totals, accepted, failed = eligibility.BatchTotals(), list[_Accepted](), list[Failed]()
    for n, entry in enumerate(entries):
        item = items[entry.ticket.item_id]
        reason = eligibility.examine(entry, item, shoppers.get(n), totals)
        if reason is None and n not in wanted:
            reason = eligibility.ADDRESS_MISSING
        if reason is None:
            goods, quote = quotes[wanted[n]]
            if quote is not None and not quote.obstacles:
                totals.add(entry, item)
                address = addresses[entry.user_id, entry.address_id]
                choices = choices_of(item.id)
                draft = Draft(entry.user_id, quote, goods, address, FLASH, choices)
                accepted.append(_Accepted(entry, item, draft))
                continue
            reason = eligibility.OFF_SHELF if quote is None else eligibility.UNDELIVERABLE
        failed.append(Failed(entry, reason))
    return accepted, failed


def _quote_key(entry: Entry, item: LockedItem, address: AddressSnapshot) -> QuoteKey:
    return QuoteKey(item.id, item.sku_id, item.price_fen, entry.units, address.region_code)


def _write(
    session: Session, accepted: Sequence[_Accepted], failed: Sequence[Failed]
) -> list[Ordered]:
    allocation.allocate(session, [(one.entry, one.item) for one in accepted])
    written = place_batch(session, [one.draft for one in accepted])
    orders = [
        Ordered(one.entry, order.id, order.order_no)
        for one, order in zip(accepted, written, strict=True)
    ]
    transfer(
        session,
        [
            Transfer(
                one.item.sku_id,
                one.entry.units,
                from_ref=ticket_ref(str(one.entry.ticket)),
                to_ref=stock_ref(order.order_no),
            )
            for one, order in zip(accepted, written, strict=True)
        ],
    )
    allocation.write_tickets(session, orders, failed)
    return orders
