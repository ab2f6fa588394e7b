"""Write routes of collages."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

LAYOUT = {
    "width": 600,
    "height": 900,
    "boxes": [
        {"kind": "photo", "x": 0, "y": 0, "width": 300, "height": 400, "fit": "cover", "radius": 8},
        {"kind": "text", "x": 0, "y": 420, "width": 600, "height": 80, "text": "今日穿搭"},
        {"kind": "code", "x": 200, "y": 600, "width": 200, "height": 200},
    ],
}
DESIGN = {"name": "穿搭", "page_kinds": ["product"], "layout": LAYOUT, "enabled": True}
COLLAGE = {
    "template_id": "{collage_template_id}",
    "page": {"kind": "product", "id": "{product_id}"},
    "pictures": ["00000000000000000000000000000000.jpg"],
}
ROUTES = [
    shopper("POST", "/collages", COLLAGE),
    staff("POST", "/collage-templates", DESIGN),
    staff("PUT", "/collage-templates/{collage_template_id}", DESIGN),
    staff("POST", "/collage-previews", {"layout": LAYOUT}),
]
