"""/v3/bill/tradebill, /v3/bill/fundflowbill and the download of their files (documents 4012791907
ff.)."""

from __future__ import annotations

import gzip
import hashlib
import secrets
import time
from datetime import date, datetime, timedelta

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from mall.wechat.simulator.clock import CHINA
from mall.wechat.simulator.context import Simulator, simulator
from mall.wechat.simulator.pay.bill_file import trade_bill
from mall.wechat.simulator.pay.errors import PayError, param_error
from mall.wechat.simulator.pay.fund_bill_file import fund_flow_bill

URL_LIFE_S = 300
OLDEST_DAYS = 92
READY_HOUR = 10


def register(blueprint: Blueprint) -> None:
    blueprint.get("/bill/tradebill")(apply_trade_bill)
    blueprint.get("/bill/fundflowbill")(apply_fund_flow_bill)
    blueprint.get("/billdownload/file")(download)


def apply_trade_bill() -> ResponseReturnValue:
    current = simulator()
    day = _bill_date(current)
    bill_type = request.args.get("bill_type", "ALL")
    if bill_type not in ("ALL", "SUCCESS", "REFUND"):
        raise param_error("/bill_type", bill_type, "must be ALL, SUCCESS or REFUND")
    return _ticket(current, trade_bill(current, day, bill_type))


def apply_fund_flow_bill() -> ResponseReturnValue:
    current = simulator()
    day = _bill_date(current)
    account = request.args.get("account_type", "BASIC")
    if account not in ("BASIC", "OPERATION", "FEES"):
        raise param_error("/account_type", account, "must be BASIC, OPERATION or FEES")
    return _ticket(current, fund_flow_bill(current, day) if account == "OPERATION" else None)


def _ticket(current: Simulator, content: str | None) -> ResponseReturnValue:
    tar_type = request.args.get("tar_type", "")
    if tar_type not in ("", "GZIP"):
        raise param_error("/tar_type", tar_type, "must be GZIP")
    if content is None or current.settings.bill_state == "none":
        raise PayError(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    token = secrets.token_urlsafe(32)
    record = {
        "content": content,
        "gzip": tar_type == "GZIP",
        "expires_at": time.time() + URL_LIFE_S,
    }
    current.store.put("bill", token, record)
    return jsonify(
        {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(content.encode()).hexdigest(),  # noqa: S324
            "download_url": f"{request.host_url}v3/billdownload/file?token={token}",
        }
    )


def download() -> ResponseReturnValue:
    """The raw file, unsigned; the hash was of the uncompressed content."""
    bill = simulator().store.get("bill", request.args.get("token", ""))
    if bill is None or bill["expires_at"] < time.time():
        raise PayError(403, "NO_AUTH", "下载地址无效或已过期")
    content = bill["content"].encode()
    if bill["gzip"]:
        return Response(gzip.compress(content), mimetype="application/x-gzip")
    return Response(content, content_type="text/plain; charset=utf-8")


def _bill_date(current: Simulator) -> date:
    text = request.args.get("bill_date", "")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise param_error("/bill_date", text, "must be YYYY-MM-DD") from None
    now = datetime.fromtimestamp(current.now(), CHINA)
    state = current.settings.bill_state
    if day > now.date() or day < now.date() - timedelta(days=OLDEST_DAYS):
        raise PayError(400, "INVALID_REQUEST", "账单日期不在可下载范围内")
    ready_at = datetime(day.year, day.month, day.day, READY_HOUR, tzinfo=CHINA) + timedelta(days=1)
    if state == "creating" or (state == "auto" and now < ready_at):
        raise PayError(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")
    return day
