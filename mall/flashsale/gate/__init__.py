"""The gate: what Redis knows of a running sale, and everything that reads or writes it."""

from mall.flashsale.gate.keys import GROUP, GateLocation, Shard, TicketId
from mall.flashsale.gate.loading import ItemPlan, SessionPlan, load, no_holders
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
from mall.flashsale.gate.store import gate_client

__all__ = [
    "GROUP",
    "Entry",
    "Figures",
    "GateLocation",
    "HeldTicket",
    "ItemPlan",
    "Outcome",
    "SessionPlan",
    "Shard",
    "TicketId",
    "balance",
    "digest_of",
    "drop",
    "figures",
    "gate_client",
    "load",
    "no_holders",
    "read_entry",
    "release",
    "set_state",
    "settle",
    "unpack",
]
