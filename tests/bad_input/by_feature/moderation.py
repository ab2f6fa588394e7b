"""Write routes of moderation."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

ROUTES = [
    shopper(
        "POST",
        "/content-reports",
        {"kind": "review", "ref": "{review_id}", "reason": "abuse", "note": "骂人"},
    ),
    shopper(
        "POST", "/content-objections", {"kind": "review", "ref": "{review_id}", "text": "内容属实"}
    ),
    staff(
        "POST",
        "/moderated-contents/decisions",
        {
            "items": [{"content_id": "{content_id}", "version": 1, "status": "pending"}],
            "decision": "refuse",
            "reason": "广告",
        },
    ),
    staff("POST", "/blocked-words", {"word": "加群", "suggest": "review"}),
]
