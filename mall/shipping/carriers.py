"""The list of carriers, brought up to date from WeChat."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from mall.kernel import jobs
from mall.kernel.db import transaction
from mall.shipping.models import Carrier
from mall.wechat.errors import WechatError, WechatUnreachable
from mall.wechat.gateway import gateway


def refresh_carriers() -> int:
    """Take over every carrier that WeChat names; how many they are.

    One that WeChat names no more stays, for the parcels that name it. Raises WechatUnreachable
    when WeChat doesn't answer; nothing was changed.
    """
    try:
        companies = gateway().mini.delivery_companies()
    except WechatError as fault:
        raise WechatUnreachable from fault
    names = {company.delivery_id: company.name for company in companies}
    if not names:
        return 0
    statement = insert(Carrier).values(
        [{"code": code, "name": name} for code, name in sorted(names.items())]
    )
    with transaction() as session:
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[Carrier.code],
                set_={"name": statement.excluded.name, "refreshed_at": func.clock_timestamp()},
            )
        )
    return len(names)


@jobs.job("shipping.refresh_carriers", cron="0 20 * * 0")
def refresh_weekly() -> None:
    """Once a week, at night in Shanghai."""
    refresh_carriers()
