"""A crowd of invitees, real ones and a farm's, written by a few statements each."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from mall.config import current_config
from mall.kernel.db import db, transaction
from mall.kernel.sealed import sealer
from mall.orders.models import ADDRESS
from mall.referral.invites.following import follow
from mall.referral.screening.traits import keep_device
from mall.users.addressing import AddressSnapshot
from tests.support.catalog import make_sku
from tests.support.inventory import stock
from tests.support.orders import buy, make_buyer, pay
from tests.support.users import WEST_LAKE, make_shopper


@dataclass(frozen=True)
class Invitee:
    """Whom an inviter brought, and what is known of them."""

    inviter_id: int
    real: bool
    detail: str
    phone: str
    device: str | None
    hours_ago: float
    hasty: bool = False
    refunds: bool = False
    risk_rank: int = 0


def real_crowd(count: int, rng: random.Random) -> list[Invitee]:
    """Real people: of inviters with some friends each, and of one with a hundred followers.

    Some live together, some lend a phone to a parent, some send things back.
    """
    star = make_shopper()[0]
    found: list[Invitee] = []
    while len(found) < count:
        inviter = star if len(found) < 100 else make_shopper()[0]
        for _ in range(1 if inviter == star else rng.randint(1, 8)):
            home, family = _home(rng), rng.random() < 0.12
            for _ in range(2 if family else 1):
                found.append(
                    Invitee(
                        inviter,
                        real=True,
                        detail=home,
                        phone=_phone(rng),
                        device=secrets.token_hex(8) if rng.random() < 0.9 else None,
                        hours_ago=rng.uniform(0, 3) if inviter == star else rng.uniform(0, 700),
                        hasty=rng.random() < 0.03,
                        refunds=rng.random() < 0.03,
                        risk_rank=3 if rng.random() < 0.01 else rng.randint(0, 1),
                    )
                )
    return found[:count]


def farm(count: int, rng: random.Random, *, careless: float = 1.0) -> list[Invitee]:
    """Accounts of one hand: few phones, few addresses, a burst. `careless` is which share of the
    accounts shows each of that; the others look like somebody real in that respect."""
    found: list[Invitee] = []

    def shows() -> bool:
        return rng.random() < careless

    while len(found) < count:
        inviter = make_shopper()[0]
        devices = [secrets.token_hex(8) for _ in range(4)]
        homes, phones = [_home(rng) for _ in range(3)], [_phone(rng) for _ in range(12)]
        for _ in range(50):
            found.append(
                Invitee(
                    inviter,
                    real=False,
                    detail=_written(rng.choice(homes), rng) if shows() else _home(rng),
                    phone=rng.choice(phones) if shows() else _phone(rng),
                    device=rng.choice(devices) if shows() else None,
                    hours_ago=rng.uniform(0, 8) if shows() else rng.uniform(0, 700),
                    hasty=shows() and rng.random() < 0.7,
                    refunds=shows() and rng.random() < 0.5,
                    risk_rank=3 if rng.random() < 0.2 else rng.randint(0, 2),
                )
            )
    return found[:count]


def _home(rng: random.Random) -> str:
    street, number = rng.randint(1, 400), rng.randint(1, 300)
    return f"文{street}路 {number} 号 {rng.randint(1, 40)} 幢 {rng.randint(101, 2899)}"


def _written(home: str, rng: random.Random) -> str:
    """The same address, written another way."""
    return home.replace(" ", rng.choice(("", "  ", "－", ","))) if rng.random() < 0.6 else home


def _phone(rng: random.Random) -> str:
    return f"1{rng.choice('3578')}{rng.randint(0, 999_999_999):09d}"


_USERS = text(
    """
    INSERT INTO users (appid, openid, created_at, risk_rank, risk_asked_at)
    SELECT :appid, 'farm' || r.key, now() - make_interval(secs => r.age_s), r.risk, now()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(key text, age_s float, risk int)
    RETURNING id, openid
    """
)


def _copy(table: str, of: str, **changes: str) -> str:
    query = text(
        "SELECT column_name FROM information_schema.columns WHERE table_name = :table"
        " AND table_schema = 'public' AND column_name <> 'id' AND is_generated = 'NEVER'"
    )
    names = [name for name in db.session.scalars(query, {"table": table}) if name]
    db.session.rollback()
    values = ", ".join(changes.get(name, f"s.{name}") for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} s, {of}"


def bring(invitees: Sequence[Invitee]) -> dict[int, Invitee]:
    """Everybody is bound and has paid for a first order; whose invite is which, by binding."""
    sku_id = stock(make_sku(9_900), 10)
    sample = buy(make_buyer(), {sku_id: 1})
    pay(sample)
    keys = [secrets.token_hex(8) for _ in invitees]
    ages = [one.hours_ago * 3600 + (20 if one.hasty else 1800) for one in invitees]
    rows = [
        {"key": key, "age_s": age, "risk": one.risk_rank}
        for key, age, one in zip(keys, ages, invitees, strict=True)
    ]
    with transaction() as session:
        made = session.execute(
            _USERS, {"appid": current_config().wechat_appid, "rows": json.dumps(rows)}
        )
        ids = {row.openid.removeprefix("farm"): row.id for row in made}
    users = [ids[key] for key in keys]
    facts = [
        {
            "user_id": user_id,
            "inviter_id": one.inviter_id,
            "order_no": f"F{user_id:019d}",
            "sealed": sealer().seal(_address(one).to_json(), ADDRESS).hex(),
            "ago_s": one.hours_ago * 3600,
        }
        for user_id, one in zip(users, invitees, strict=True)
    ]
    given = {"rows": json.dumps(facts), "sample": sample}
    for statement in _statements():
        used = {name: value for name, value in given.items() if f":{name}" in statement}
        with transaction() as session:
            session.execute(text(statement), used)
    with transaction() as session:
        for user_id, one in zip(users, invitees, strict=True):
            if one.device is not None:
                keep_device(session, user_id, one.device)
        found = session.execute(text("SELECT id, invitee_id FROM referral_bindings"))
        bindings = {row.invitee_id: row.id for row in found}
    return {bindings[user_id]: one for user_id, one in zip(users, invitees, strict=True)}


def _address(one: Invitee) -> AddressSnapshot:
    return AddressSnapshot("收货人", one.phone, WEST_LAKE, "浙江省 杭州市 西湖区", one.detail)


_ROWS = (
    "jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(user_id bigint, inviter_id bigint,"
    " order_no text, sealed text, ago_s float)"
)


def _statements() -> list[str]:
    at = "now() - make_interval(secs => r.ago_s)"
    new = "orders n WHERE n.order_no LIKE 'F0%'"
    sample = "s.order_id = (SELECT id FROM orders WHERE order_no = :sample)"
    return [
        _copy(
            "orders",
            f"{_ROWS} WHERE s.order_no = :sample",
            order_no="r.order_no",
            user_id="r.user_id",
            address_sealed="decode(r.sealed, 'hex')",
            created_at=at,
            paid_at=f"{at} + interval '10 seconds'",
        ),
        _copy("order_lines", f"{new} AND {sample}", order_id="n.id"),
        f"INSERT INTO referral_bindings (inviter_id, invitee_id, bound_at)"
        f" SELECT r.inviter_id, r.user_id, u.created_at FROM {_ROWS}"
        " JOIN users u ON u.id = r.user_id",
        "INSERT INTO order_attributions (order_id, user_id, inviter_id, binding_id, rule, day,"
        " first_order) SELECT n.id, n.user_id, b.inviter_id, b.id, 'binding', current_date, true"
        " FROM orders n JOIN referral_bindings b ON b.invitee_id = n.user_id"
        " WHERE n.order_no LIKE 'F0%'",
    ]


def let_all_follow(bindings: Sequence[int]) -> None:
    """What the events of these bindings' orders would bring about, a transaction each."""
    for binding_id in bindings:
        with transaction() as session:
            follow(session, binding_id)


def refund(user_bindings: Sequence[int]) -> None:
    """The first orders of these bindings come back whole."""
    _move(
        user_bindings,
        "UPDATE order_lines l SET refunded_quantity = quantity, refunded_fen = payable_fen"
        " FROM order_attributions a WHERE a.order_id = l.order_id AND a.binding_id = ANY(:ids)",
        "UPDATE orders o SET status = 'closed', refunded_fen = paid_fen"
        " FROM order_attributions a WHERE a.order_id = o.id AND a.binding_id = ANY(:ids)",
    )


def settle(bindings: Sequence[int]) -> None:
    """The first orders of these bindings are settled, where they weren't refunded."""
    _move(
        bindings,
        "UPDATE orders o SET status = 'completed', settled_at = now() FROM order_attributions a"
        " WHERE a.order_id = o.id AND a.binding_id = ANY(:ids) AND o.status <> 'closed'",
    )


def _move(bindings: Sequence[int], *statements: str) -> None:
    with transaction() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement), {"ids": list(bindings)})
    let_all_follow(bindings)
