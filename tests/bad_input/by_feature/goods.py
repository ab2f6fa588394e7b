"""Write routes of products, stock, freight."""

from __future__ import annotations

from tests.bad_input.route import staff

PRODUCT = {
    "spu_code": "NEW1",
    "name": "枕头",
    "brief": "软",
    "category_id": "{category_id}",
    "brand_id": "{brand_id}",
    "unit": "件",
    "main_image": "/a.jpg",
    "gallery": ["/b.jpg"],
    "detail_html": "<p>好</p>",
    "spec_names": ["颜色"],
    "attributes": [{"name": "材质", "value": "棉"}],
    "is_new": True,
    "is_hot": False,
    "skus": [
        {
            "sku_code": "NEW1-1",
            "spec_values": ["白"],
            "price_fen": 100,
            "list_price_fen": 200,
            "cost_fen": 50,
            "weight_g": 10,
            "volume_cm3": 20,
            "image": "/c.jpg",
            "enabled": True,
        }
    ],
}
NULLABLE_OF_PRODUCT = ("brand_id", "skus.0.list_price_fen", "skus.0.cost_fen")
CATEGORY = {"parent_id": "{category_id}", "name": "枕芯", "position": 3, "image": "/d.jpg"}
BRAND = {"name": "云朵", "description": "好", "image": "/e.jpg", "position": 1}
SHELF = {
    "on_shelf": False,
    "shelf_on_at": "2031-01-01T00:00:00+08:00",
    "shelf_off_at": "2032-01-01T00:00:00+08:00",
}
FREIGHT = {
    "name": "冷链",
    "basis": "weight",
    "is_default": True,
    "zones": [
        {
            "regions": ["330000"],
            "deliverable": True,
            "first_units": 1000,
            "first_fen": 800,
            "further_units": 500,
            "further_fen": 300,
            "free_from_fen": 9900,
            "free_from_pieces": 3,
        }
    ],
}
NULLABLE_OF_FREIGHT = ("zones.0.free_from_fen", "zones.0.free_from_pieces")

ROUTES = [
    staff("POST", "/products", PRODUCT, *NULLABLE_OF_PRODUCT),
    staff("PUT", "/products/{product_id}", PRODUCT, *NULLABLE_OF_PRODUCT),
    staff("PUT", "/products/{product_id}/shelf", SHELF, "shelf_on_at", "shelf_off_at"),
    staff("POST", "/products/{product_id}/link", {"expire_days": 7}),
    staff("POST", "/categories", CATEGORY, "parent_id"),
    staff("PUT", "/categories/{category_id}", CATEGORY, "parent_id"),
    staff("POST", "/brands", BRAND),
    staff("PUT", "/brands/{brand_id}", BRAND),
    staff("POST", "/stock/{sku_id}/movements", {"kind": "put_in", "quantity": 5, "reason": "到货"}),
    staff("POST", "/freight-templates", FREIGHT, *NULLABLE_OF_FREIGHT),
    staff("PUT", "/freight-templates/{template_id}", FREIGHT, *NULLABLE_OF_FREIGHT),
    staff("POST", "/freight-templates/{template_id}/products", {"product_ids": ["{product_id}"]}),
    staff(
        "POST",
        "/catalog/bulk-changes",
        {
            "rows": [
                {
                    "sku_code": "A1",
                    "spu_code": "A",
                    "price_fen": 900,
                    "cost_fen": 500,
                    "on_shelf": True,
                }
            ],
            "dry_run": False,
        },
        "rows.0.cost_fen",
    ),
    staff(
        "POST",
        "/stock/bulk-changes",
        {"rows": [{"sku_code": "A1", "sellable": 5, "was": 0}], "reason": "到货", "dry_run": False},
    ),
]
