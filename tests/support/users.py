"""Shoppers and addresses for tests, made without WeChat."""

from __future__ import annotations

import secrets

from sqlalchemy.dialects.postgresql import insert

from mall.config import current_config
from mall.kernel.db import transaction
from mall.kernel.sealed import sealer
from mall.users import sessions
from mall.users.contacts import Contact
from mall.users.models import PHONE, Address, Region, User

WEST_LAKE = "330106"
REGIONS = [
    ("330000", 1, "浙江省", None),
    ("330100", 2, "杭州市", "330000"),
    (WEST_LAKE, 3, "西湖区", "330100"),
]


def make_shopper(
    _app: object = None,
    *,
    openid: str | None = None,
    nickname: str | None = None,
    phone: str | None = None,
) -> tuple[int, str]:
    """A shopper who is logged in: (user_id, token). Needs an app context."""
    with transaction() as session:
        user_id = session.execute(
            insert(User)
            .values(
                appid=current_config().wechat_appid,
                openid=openid or f"o{secrets.token_hex(13)}",
                nickname=nickname,
                phone_sealed=sealer().seal(phone, PHONE) if phone else None,
                phone_index=sealer().blind_index(phone, PHONE) if phone else None,
            )
            .returning(User.id)
        ).scalar_one()
        token, _ = sessions.issue(session, user_id)
    return user_id, token


def make_regions() -> None:
    """The three regions above 西湖区."""
    with transaction() as session:
        names = ("code", "level", "name", "parent_code")
        rows = [dict(zip(names, row, strict=True)) for row in REGIONS]
        session.execute(insert(Region).on_conflict_do_nothing(), rows)


def make_address(
    user_id: int,
    *,
    is_default: bool = False,
    phone: str = "13812345678",
    detail: str = "文三路 1 号 2 幢 301",
) -> int:
    """An address in 浙江省 杭州市 西湖区: its id."""
    make_regions()
    with transaction() as session:
        address_id: int = session.execute(
            insert(Address)
            .values(
                user_id=user_id,
                region_code=WEST_LAKE,
                region_names="浙江省 杭州市 西湖区",
                contact_sealed=Contact("张三", phone, detail).seal(),
                is_default=is_default,
            )
            .returning(Address.id)
        ).scalar_one()
    return address_id
