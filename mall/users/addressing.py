"""An address as others keep it: a frozen copy that later edits don't touch."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class AddressSnapshot:
    """Receiver and place at one moment. Personal: its repr shows the region only."""

    receiver: str = field(repr=False)
    phone: str = field(repr=False)
    region_code: str
    region_names: str
    detail: str = field(repr=False)

    def to_json(self) -> str:
        """Text to be sealed."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> AddressSnapshot:
        return cls(**json.loads(text))
