"""From admitted presses to orders: one transaction for a whole batch.

The items' rows are held from the first statement to the commit, so of two workers with the
same item one waits; everything that is decided is guarded once more by a conditional UPDATE
or a unique row, and a guard that isn't met undoes the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.flashsale import guards, ledger
from mall.flashsale.gate import Entry, Outcome
from mall.flashsale.guards import Item
from mall.flashsale.ledger import Failed, Ordered
from mall.flashsale.models import FAILED, ticket_ref
from mall.flashsale.pricing import PriceBook, Wanted
from mall.flashsale.settings import PAY_MIN
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
    item: Item
    draft: Draft


def drain(entries: Sequence[Entry], prices: PriceBook) -> list[Outcome]:
    """Turn these presses into orders or refusals, all in one commit; what became of each.

    A press that was dealt with before has the outcome that it had then. Raises GuardMissed,
    and errors of the database; then nothing has changed and the presses still wait.
    """
    if not entries:
        return []
    with transaction() as session:
        items = guards.hold_items(session, entries)
        known = guards.known_tickets(session, entries)
        outcomes = [_of_known(entry, known[n]) for n, entry in enumerate(entries) if n in known]
        fresh, doubled = _once([entry for n, entry in enumerate(entries) if n not in known])
        accepted, failed = _judge(session, fresh, items, prices)
        orders = _write(session, accepted, failed)
        failpoint("flash.before_batch_commit")
        after_commit(session, _after_commit)
    outcomes += [Outcome(one.entry, "ordered", one.order_no) for one in orders]
    outcomes += [Outcome(one.entry, "failed", one.reason) for one in failed]
    return outcomes + [Outcome(entry, "failed", guards.DUPLICATE) for entry in doubled]


def give_up(entry: Entry) -> Outcome:
    """Write down that a press can't be dealt with: what it took goes back."""
    with transaction() as session:
        ledger.write_tickets(session, [], [Failed(entry, guards.ERROR)])
    return Outcome(entry, "failed", guards.ERROR)


def _after_commit(_session: Session) -> None:
    failpoint("flash.after_batch_commit")


def _of_known(entry: Entry, known: guards.Known) -> Outcome:
    """A released ticket was an order's; the gate learns of its release by a job of its own."""
    if known.ticket != str(entry.ticket):
        return Outcome(entry, "failed", guards.DUPLICATE)
    return Outcome(entry, "failed" if known.status == FAILED else "ordered", known.note)


def _once(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Each press once; a second entry of the same press is one that a lost gate let in."""
    seen: dict[tuple[int, int, bytes], Entry] = {}
    doubled = []
    for entry in entries:
        first = seen.setdefault((entry.ticket.item_id, entry.user_id, entry.digest), entry)
        if first is not entry:
            doubled.append(entry)
    return list(seen.values()), doubled


def _judge(
    session: Session, entries: Sequence[Entry], items: Mapping[int, Item], prices: PriceBook
) -> tuple[list[_Accepted], list[Failed]]:
    """Look at the presses in the order in which they came, as each takes from the next."""
    shoppers = guards.shoppers(session, entries, items)
    addresses = address_snapshots(session, {(e.user_id, e.address_id) for e in entries})
    wanted = {
        n: _wanted(entry, items[entry.ticket.item_id], addresses[entry.user_id, entry.address_id])
        for n, entry in enumerate(entries)
        if (entry.user_id, entry.address_id) in addresses
    }
    quotes = prices.quotes(session, wanted.values())
    pay_min = PAY_MIN.get()
    running, accepted, failed = guards.Running(), list[_Accepted](), list[Failed]()
    for n, entry in enumerate(entries):
        item = items[entry.ticket.item_id]
        reason = guards.examine(entry, item, shoppers.get(n), running)
        if reason is None and n not in wanted:
            reason = guards.ADDRESS_MISSING
        if reason is None:
            goods, quote = quotes[wanted[n]]
            if quote is not None and not quote.obstacles:
                running.take(entry, item)
                address = addresses[entry.user_id, entry.address_id]
                draft = Draft(entry.user_id, quote, goods, address, pay_min)
                accepted.append(_Accepted(entry, item, draft))
                continue
            reason = guards.OFF_SHELF if quote is None else guards.UNDELIVERABLE
        failed.append(Failed(entry, reason))
    return accepted, failed


def _wanted(entry: Entry, item: Item, address: AddressSnapshot) -> Wanted:
    return Wanted(item.id, item.sku_id, item.price_fen, entry.units, address.region_code)


def _write(
    session: Session, accepted: Sequence[_Accepted], failed: Sequence[Failed]
) -> list[Ordered]:
    ledger.take(session, [(one.entry, one.item) for one in accepted])
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
    ledger.write_tickets(session, orders, failed)
    return orders
