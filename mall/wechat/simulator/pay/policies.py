"""What shall become of the next refunds, or transfers, whatever they ask: kept with the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.errors import ControlError


@dataclass(frozen=True, slots=True)
class Policy:
    """A choice of `outcomes`; where none is set, `usual` is what comes."""

    name: str
    usual: str
    outcomes: Sequence[str]

    def set(self, simulator: Simulator, outcome: str, count: int | None) -> None:
        """The next `count` have this outcome (None: all of them); then `usual` again."""
        if outcome not in self.outcomes:
            raise ControlError(400, "bad_outcome", f"outcome is one of {', '.join(self.outcomes)}")
        simulator.store.put("policy", self.name, {"outcome": outcome, "left": count})

    def next_outcome(self, simulator: Simulator) -> str:
        """Of one more; it counts as used unless the caller's transaction is rolled back."""
        policy = simulator.store.get("policy", self.name)
        if policy is None:
            return self.usual
        if policy["left"] is not None:
            policy["left"] -= 1
            if policy["left"] <= 0:
                simulator.store.delete("policy", self.name)
            else:
                simulator.store.put("policy", self.name, policy)
        return str(policy["outcome"])
