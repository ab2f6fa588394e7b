"""Points in an order: priced by choice, held at placing, settled, released, given back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.orders.also_paid import OtherCurrency
from mall.orders.extras import Extra, LinesBack
from mall.orders.participants import Offer, OrderParticipant, PlacingContext, RefundedPart
from mall.orders.placed import PlacedOrder
from mall.points.checkout import rules
from mall.points.checkout.errors import ChoiceInvalid
from mall.points.checkout.means import means_of
from mall.points.checkout.models import PointsSpent
from mall.points.checkout.rules import PointsRule, Terms
from mall.points.checkout.settings import CAP_BP, LEAST, OPEN, STEP
from mall.points.checkout.spent import back_by_line, spent_by
from mall.points.ledger import holding
from mall.points.settings import MAX_POINTS, PER_YUAN
from mall.pricing.quote import Lane, PriceRule, Quote

NAME = "points"
MOST, NONE = "most", "none"
_TERMS_FOR = "points at checkout, for which context"

_NOTE_BACK = text(
    """
    UPDATE points_spent s SET returned = r.points
    FROM unnest(CAST(:positions AS bigint[]), CAST(:points AS bigint[])) AS r(position, points)
    WHERE s.order_id = :order_id AND s.position = r.position AND s.returned < r.points
    """
)
_BACK = text("SELECT sum(returned)::bigint FROM points_spent WHERE order_id = :order_id")


POINTS_PAID = OtherCurrency(
    "checkout_points",
    "积分抵扣",
    """SELECT order_id, sum(points)::bigint AS amount, sum(returned)::bigint AS returned
    FROM points_spent GROUP BY order_id""",
)


class CheckoutParticipant(OrderParticipant):
    """Brings the shopper's points into quotes and orders."""

    name = NAME

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        """The choice: `none` (as without one), `most`, or how many points at most.

        Raises ChoiceInvalid. What can't be used takes nothing off; the offer says why.
        """
        choice = context.choices.get(NAME, NONE)
        if choice == NONE:
            return ()
        wanted = _read(choice)
        return [PointsRule(_terms(session, context), wanted)] if OPEN.get() else ()

    def activity_prices(self, session: Session, context: PlacingContext) -> tuple[()]:
        """Points make no price of a unit."""
        return ()

    def offers(self, session: Session, context: PlacingContext, quote: Quote) -> list[Offer]:
        """How many points would help, what they save, and why not more."""
        if not OPEN.get() or not context.kind.is_priced_in(Lane.POINTS):
            return []
        terms, kept_fen = _terms(session, context), quote.context.kept_fen
        lines = rules.lines_before_points(quote)
        most = rules.use(terms, lines, kept_fen)
        return [
            Offer(
                participant=NAME,
                choice=str(most.points) if most.points else None,
                label=f"可用 {most.points} 积分" if most.points else "积分",
                applies=most.points > 0,
                chosen=any(a.source.startswith(rules.SOURCE) for a in quote.adjustments),
                amount_fen=most.fen,
                reason=rules.why_not_more(terms, lines, kept_fen, most),
            )
        ]

    def refund_extras(
        self, session: Session, order: PlacedOrder, before: LinesBack, after: LinesBack
    ) -> Sequence[Extra]:
        spent = spent_by(order)
        if spent is None:
            return ()
        had, has = (sum(back_by_line(order, spent, x).values()) for x in (before, after))
        points = has - had
        return [Extra(NAME, "退回积分", f"{points} 积分", points)] if points > 0 else ()

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        """Hold the points that made the price. Raises PointsShort."""
        spent = spent_by(order)
        if spent is not None:
            holding.hold(session, order.user_id, source_of(order), spent.points)
            rows = [
                {"order_id": order.id, "position": position, "points": points}
                for position, points in spent.by_line.items()
            ]
            session.execute(insert(PointsSpent), rows)

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        """What was held is spent."""
        if spent_by(order) is not None:
            holding.settle(session, source_of(order))

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        """All comes back: of an order that was never paid, or whose cash is back in full."""
        if spent_by(order) is not None:
            holding.release(session, source_of(order))
            _all_back(session, order)

    def on_refunded(self, session: Session, order: PlacedOrder, back: RefundedPart) -> None:
        """The same part of the points comes back as of the cash."""
        spent = spent_by(order)
        if spent is None:
            return
        if back.in_full:
            _all_back(session, order)
            return
        due = back_by_line(order, spent, back.in_all)
        session.execute(
            _NOTE_BACK,
            {"order_id": order.id, "positions": int_array(due), "points": int_array(due.values())},
        )
        _give_back(session, order)


def source_of(order: PlacedOrder) -> str:
    """What the hold of an order's points refers to."""
    return f"checkout:{order.order_no}"


def _all_back(session: Session, order: PlacedOrder) -> None:
    session.execute(
        update(PointsSpent)
        .where(PointsSpent.order_id == order.id)
        .values(returned=PointsSpent.points),
        execution_options={"synchronize_session": False},
    )
    _give_back(session, order)


def _give_back(session: Session, order: PlacedOrder) -> None:
    in_all = session.scalar(_BACK, {"order_id": order.id}) or 0
    holding.give_back(session, source_of(order), in_all)


def _read(choice: str) -> int | None:
    """The number of points; None for as many as help."""
    if choice == MOST:
        return None
    if not (choice.isascii() and choice.isdigit() and len(choice) < 11):
        raise ChoiceInvalid
    points = int(choice)
    if not 1 <= points <= MAX_POINTS:
        raise ChoiceInvalid
    return points


def _terms(session: Session, context: PlacingContext) -> Terms:
    """Read once for a quote and what is offered with it."""
    known: tuple[PlacingContext, Terms] | None = session.info.get(_TERMS_FOR)
    if known is None or known[0] is not context:
        means = means_of(session, context.user_id, [line.sku_id for line in context.lines])
        terms = Terms(
            available=means.available,
            debt=means.debt,
            per_yuan=PER_YUAN.get(),
            cap_bp=CAP_BP.get(),
            least=LEAST.get(),
            step=STEP.get(),
            caps=means.caps,
        )
        known = session.info[_TERMS_FOR] = context, terms
    return known[1]
