"""Who writes in the demo shop: some shoppers, whom WeChat doesn't know, and a clerk."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from mall.config import current_config
from mall.kernel.db import transaction
from mall.staff.models import StaffMember
from mall.users.addresses import AddressData, add_address
from mall.users.contacts import Contact
from mall.users.models import Address, User

NICKNAMES = ("小满", "青禾", "林间", "阿照", "老柯", "灶台边", "猫叔")
REGION = "330106"
CLERK, NO_PASSWORD = "demo-clerk", "!"


def shopper(nickname: str) -> int:
    """The demo shopper of this name, made if there is none: the id."""
    openid = f"demo-shopper-{NICKNAMES.index(nickname) + 1}"
    appid = current_config().wechat_appid
    with transaction() as session:
        session.execute(
            insert(User)
            .values(appid=appid, openid=openid, nickname=nickname)
            .on_conflict_do_nothing()
        )
        return session.scalars(
            select(User.id).where(User.appid == appid, User.openid == openid)
        ).one()


def address_of(user_id: int, nickname: str) -> int:
    """Where a demo shopper lives, made if there is no address: its id."""
    with transaction() as session:
        known = session.scalar(
            select(Address.id).where(Address.user_id == user_id).order_by(Address.id).limit(1)
        )
    if known is not None:
        return known
    number = NICKNAMES.index(nickname) + 1
    contact = Contact(nickname, f"1390000000{number}", f"示例路 {number} 号")
    return add_address(user_id, AddressData(contact, REGION, is_default=True))


def clerk() -> int:
    """Who answers for the demo shop: the id. The account is disabled, nobody logs in with it."""
    with transaction() as session:
        session.execute(
            insert(StaffMember)
            .values(
                username=CLERK,
                display_name="店小二",
                password_hash=NO_PASSWORD,
                disabled_at=func.now(),
            )
            .on_conflict_do_nothing()
        )
        return session.scalars(select(StaffMember.id).where(StaffMember.username == CLERK)).one()
