"""The data of a product to be written, from staff's input or a merchant's sheet."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Literal

from mall.catalog.errors import SpecsMismatch, SpecValuesTaken


class Unsaid(Enum):
    """Of a value that the input doesn't speak of: it stays what it is."""

    UNSAID = "unsaid"


UNSAID: Literal[Unsaid.UNSAID] = Unsaid.UNSAID


@dataclass(frozen=True)
class SkuData:
    """One SKU; `sku_code` is its key and never changes. Prices in fen.

    `cost_fen` is what a unit costs the shop: None where that isn't known, UNSAID leaves it.
    """

    sku_code: str
    price_fen: int
    spec_values: list[str] = field(default_factory=list)
    list_price_fen: int | None = None
    cost_fen: int | Literal[Unsaid.UNSAID] | None = UNSAID
    weight_g: int = 0
    volume_cm3: int = 0
    image: str = ""
    enabled: bool = True

    def values(self) -> dict[str, Any]:
        """Its columns, as far as they are said."""
        return {name: value for name, value in asdict(self).items() if value is not UNSAID}


@dataclass(frozen=True)
class ProductData:
    """One product with its SKUs. `detail_html` is cleaned when it is written."""

    spu_code: str
    name: str
    category_id: int
    skus: list[SkuData]
    brief: str = ""
    brand_id: int | None = None
    unit: str = "件"
    main_image: str = ""
    gallery: list[str] = field(default_factory=list)
    detail_html: str = ""
    spec_names: list[str] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)
    is_new: bool = False
    is_hot: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Everything, for the audit trail."""
        return asdict(self) | {"skus": [sku.values() for sku in self.skus]}

    def check(self) -> None:
        """Raise SpecsMismatch or SpecValuesTaken when SKUs and specs don't fit each other."""
        if any(len(sku.spec_values) != len(self.spec_names) for sku in self.skus):
            raise SpecsMismatch(param="skus")
        shown = [tuple(sku.spec_values) for sku in self.skus if sku.enabled]
        if len(set(shown)) != len(shown):
            raise SpecValuesTaken(param="skus")
