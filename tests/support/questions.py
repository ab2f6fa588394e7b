"""Questions and answers for tests: buyers who have a product, what is asked, and decisions."""

from __future__ import annotations

from sqlalchemy import func, select, text

from mall.catalog.models import Sku
from mall.kernel.db import db, transaction
from mall.orders.fulfilling import confirm_receipt
from mall.reviews.questions.answering import answer
from mall.reviews.questions.asking import ask
from mall.reviews.questions.models import ProductAnswer, ProductQuestion
from mall.shipping import commands as shipping
from mall.staff.models import StaffMember
from tests.support.moderated import staff_decide
from tests.support.orders import Buyer, buy, make_buyer, make_goods, pay, write_payment
from tests.support.staff import make_staff
from tests.support.users import make_shopper


def make_product(units: int = 100) -> tuple[int, int]:
    """A product on the shelf: its id and that of its SKU."""
    sku_id = make_goods(units)
    with transaction() as session:
        return session.scalars(select(Sku.spu_id).where(Sku.id == sku_id)).one(), sku_id


def owner(sku_id: int, buyer: Buyer | None = None) -> Buyer:
    """A shopper who bought the SKU and received it."""
    buyer = buyer or make_buyer()
    order_no = buy(buyer, {sku_id: 1})
    pay(order_no)
    write_payment(order_no)
    shipping.ship(order_no, "ZTO", f"Z{order_no}")
    confirm_receipt(buyer.user_id, order_no)
    return buyer


def decided(kind: str, ref: int, now: str = "approved", reason: str | None = None) -> None:
    """The staff's decision on a content."""
    with transaction() as session:
        assert staff_decide(session, kind, ref, now, reason)


def shown_question(spu_id: int, asker_id: int | None = None, words: str = "会缩水吗？") -> int:
    """A question that is shown: its id."""
    question_id = ask(asker_id or make_shopper()[0], spu_id, words)
    decided("question", question_id)
    return question_id


def shown_answer(question_id: int, buyer: Buyer, words: str = "洗了三次没有缩水") -> int:
    """A buyer's answer that is shown: its id."""
    answer_id = answer(buyer.user_id, question_id, words)
    decided("answer", answer_id)
    return answer_id


def question(question_id: int) -> ProductQuestion:
    """The question's row, read afresh."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(
        select(ProductQuestion).where(ProductQuestion.id == question_id)
    ).one()


def answer_row(answer_id: int) -> ProductAnswer:
    """The answer's row, read afresh."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(ProductAnswer).where(ProductAnswer.id == answer_id)).one()


def asked_users(question_id: int) -> set[int]:
    """The buyers whom a question asked."""
    db.session.rollback()
    found = text("SELECT user_id FROM question_askings WHERE question_id = :id")
    return set(db.session.scalars(found, {"id": question_id}))


def question_ids(buyer: Buyer) -> dict[str, str]:
    """Somebody's question that is shown, and this shopper's answer to another; what placeholders
    stand for."""
    spu_id, sku_id = make_product()
    answer_id = answer(owner(sku_id, buyer).user_id, shown_question(spu_id), "没有缩水")
    return {"question_id": str(shown_question(spu_id)), "answer_id": str(answer_id)}


def some_staff() -> int:
    """Somebody of the staff: the id."""
    make_staff()
    return db.session.scalars(select(func.max(StaffMember.id))).one()
