"""What the event loop reads of a request without Flask, and what it notes of an answer."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from time import perf_counter

from structlog.typing import FilteringBoundLogger

from mall.flashsale.gate.keys import TicketId
from mall.flashsale.purchase.answers import Answer
from mall.kernel.http.observe import record_request
from mall.kernel.http.schemas import MAX_ID, MAX_QUANTITY

SALES = "/api/v1/flash-"
PURCHASE, POLL = "flash_purchases.purchase", "flash_purchases.ticket"
LONGEST_BODY = 1024
_ITEMS, _PURCHASES = "/api/v1/flash-items/", "/purchases"
_TICKETS = "/api/v1/flash-tickets/"
_AT = len(_ITEMS)
_GAP = rb"[ \t\n\r]*"  # JSON's white space; \s takes in more
_UNITS = (rb'"units"', rb":", rb"([1-9][0-9]{0,3})")
_ADDRESS = (rb'"address_id"', rb":", rb'"([1-9][0-9]{0,18})"')
_PLAIN = re.compile(_GAP.join((rb"", rb"\{", *_UNITS, rb",", *_ADDRESS, rb"\}", rb"")))
"""A body as phones send it, read in a third of the time that JSON takes."""


@lru_cache(1024)  # a sale has few items
def purchased_item(path: str) -> int | None:
    """The item of a purchase attempt; None for any other path."""
    if not path.endswith(_PURCHASES) or not path.startswith(_ITEMS):
        return None
    return _id(path[_AT : -len(_PURCHASES)])


def polled_ticket(path: str) -> TicketId | None:
    """The ticket that is polled; None for any other path."""
    return TicketId.parse(path[len(_TICKETS) :]) if path.startswith(_TICKETS) else None


def usual_length(text: str) -> int:
    """The length of an ordinary body; 0 for any other."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return 0
    length = int(text)
    return length if length <= LONGEST_BODY else 0


def units_and_address(body: bytes) -> tuple[int, int] | None:
    """Units and address of a body that is valid to the letter; None of any other."""
    plain = _PLAIN.fullmatch(body)
    if plain is not None:
        units, address_id = int(plain[1]), int(plain[2])
    else:  # in another order, perhaps
        try:
            said = json.loads(body.decode())
            units, address = said["units"], said["address_id"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        if len(said) != 2 or type(units) is not int or type(address) is not str or not address:
            return None
        address_id = _id(address) or 0
    good = 1 <= units <= MAX_QUANTITY and 1 <= address_id <= MAX_ID
    return (units, address_id) if good else None


def _id(text: str) -> int | None:
    """The id in a path, as the router takes it."""
    if not (text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 19):
        return None
    number = int(text)
    return number if number <= MAX_ID else None


def observe(
    log: FilteringBoundLogger, answer: Answer, method: str, request_id: str, started: float
) -> None:
    """Put an answer into the metrics and write its log line."""
    endpoint = PURCHASE if method == "POST" else POLL
    seconds = perf_counter() - started
    who = {} if answer.user_id is None else {"user_id": answer.user_id}
    record_request(log, method, endpoint, answer.status, seconds, request_id=request_id, **who)
