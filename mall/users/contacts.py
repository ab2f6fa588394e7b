"""Who receives at an address: sealed as one text, and phones as they may be shown."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from mall.kernel.sealed import sealer
from mall.users.models import CONTACT


@dataclass(frozen=True, slots=True)
class Contact:
    """The personal part of an address."""

    receiver: str = field(repr=False)
    phone: str = field(repr=False)
    detail: str = field(repr=False)

    def seal(self) -> bytes:
        return sealer().seal(json.dumps(asdict(self), ensure_ascii=False), CONTACT)

    @classmethod
    def open(cls, sealed: bytes) -> Contact:
        return cls(**json.loads(sealer().open(sealed, CONTACT)))
