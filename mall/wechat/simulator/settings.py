"""The settings of the simulator, kept in its state and changed by `POST /_control/settings`."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.state import Doc, Store

_CHOICES = {
    "push_mode": ("encrypted", "plain", "off"),
    "sign_with": ("public_key", "certificate"),
    "certificates": ("available", "absent"),
    "media_suggest": ("auto", "pass", "review", "risky"),
    "unsettled_funds": ("enough", "short"),
    "bill_state": ("auto", "ready", "creating", "none"),
}


@dataclass(frozen=True)
class SimulatorSettings:
    """Durations end in `_s` (seconds), money in `_fen`."""

    time_scale: float = 1.0
    """Factor on the waits between redeliveries: 0.01 turns 15 s into 0.15 s."""
    push_mode: str = "encrypted"
    """How message pushes travel: encrypted (safe mode), plain, or off."""
    media_suggest: str = "auto"
    """Verdict on pictures: auto (by keyword in the address), or always this one."""
    sign_with: str = "public_key"
    """Signs callbacks, and replies to requests that name no key themselves."""
    certificates: str = "available"
    """`absent`: /v3/certificates answers 404, as for merchants who never had any."""
    coupon_fen: int = 0
    """WeChat coupon used by the next approvals: payer_total = total - coupon."""
    mall_url: str = ""
    """Base address of the mall for message pushes; empty = the one given at the start."""
    page_origins: str = ""
    """Origins of pages that may use the control API besides the mall's: `http://localhost:5173`,
    separated by blanks."""
    clock_offset_s: float = 0.0
    """Moves the simulated world's clock: codes and tokens expire, bill days pass."""
    refund_delay_s: float = 0.2
    """From accepting a refund to its outcome and callback; as long a confirmed transfer takes."""
    unsettled_funds: str = "enough"
    """`short`: only refunds out of the AVAILABLE account can be paid, the others are NOT_ENOUGH."""
    refund_interval_s: float = 0.0
    """Least time between refunds of one order (60 at the real gateway)."""
    refunds_per_s: int = 0
    """Most refund calls a second (150 at the real gateway); 0: any number."""
    failed_refunds_per_s: int = 0
    """After so many refused refund calls in a second the next is throttled (6); 0: never."""
    transfer_max_fen: int = 20_000
    """Most of one transfer (200 yuan, until a merchant applies for more)."""
    transfer_day_fen: int = 200_000
    """Most that one shopper may receive on a day."""
    shipping_unknown_s: float = 0.0
    """For so long after paying, shipping uploads answer 10060001."""
    bill_state: str = "auto"
    """auto (ready at 10:00 of the next day), ready, creating or none."""
    callback_timeout_s: float = 5.0
    """How long a callback may take before it counts as failed."""


def read_settings(store: Store) -> SimulatorSettings:
    return SimulatorSettings(**(store.get("settings", "settings") or {}))


def change_settings(store: Store, changes: Doc) -> SimulatorSettings:
    """Change some settings; ControlError for an unknown name or an impossible value."""
    with store.transaction():
        changed = replace(read_settings(store), **_checked(changes))
        store.put("settings", "settings", asdict(changed))
    return changed


def _checked(changes: Doc) -> Doc:
    defaults = asdict(SimulatorSettings())
    checked: Doc = {}
    for name, given in changes.items():
        if name not in defaults:
            raise ControlError(400, "unknown_setting", f"no setting {name}")
        wanted = type(defaults[name])
        value = float(given) if wanted is float and type(given) is int else given
        if type(value) is not wanted or value not in _CHOICES.get(name, (value,)):
            raise ControlError(400, "bad_setting", f"{name} can't be {value!r}")
        if wanted is not str and value < 0 and name != "clock_offset_s":
            raise ControlError(400, "bad_setting", f"{name} can't be negative")
        checked[name] = value
    return checked
