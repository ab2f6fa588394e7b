"""The gate: what Redis knows of a running sale, and everything that reads or writes it."""

from mall.flashsale.gate.keys import GROUP, Shard, TicketId, Where
from mall.flashsale.gate.loading import ItemPlan, SessionPlan, load, nobody
from mall.flashsale.gate.operations import (
    Figures,
    Outcome,
    balance,
    drop,
    figures,
    release,
    set_state,
    settle,
)
from mall.flashsale.gate.records import Entry, HeldTicket, digest_of, read_entry, unpack
from mall.flashsale.gate.store import GATE_ERRORS, gate_client

__all__ = [
    "GATE_ERRORS",
    "GROUP",
    "Entry",
    "Figures",
    "HeldTicket",
    "ItemPlan",
    "Outcome",
    "SessionPlan",
    "Shard",
    "TicketId",
    "Where",
    "balance",
    "digest_of",
    "drop",
    "figures",
    "gate_client",
    "load",
    "nobody",
    "read_entry",
    "release",
    "set_state",
    "settle",
    "unpack",
]
