"""An address as others keep it: a frozen copy that later edits don't touch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields


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
        kept = {name: getattr(self, name) for name in _FIELDS}  # asdict copies each
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> AddressSnapshot:
        return cls(**json.loads(text))


_FIELDS = tuple(each.name for each in fields(AddressSnapshot))
