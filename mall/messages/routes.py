"""Subscribe messages as a shopper allows them."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db, transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.messages import preferences, quota
from mall.messages.errors import UnknownTemplate
from mall.messages.kinds import templates
from mall.messages.schemas import AnswersInput, PreferencesSchema, TemplateListSchema

blp = Blueprint("messages", __name__, url_prefix="/api/v1", description="订阅消息")


@blp.route("/subscriptions", methods=["GET"])
@access.shopper
@blp.response(200, TemplateListSchema)
def list_subscriptions() -> dict[str, Any]:
    """The templates to pass to wx.requestSubscribeMessage, with what I have allowed.

    The most important ones come first: WeChat shows at most three at once.
    """
    return _subscriptions()


@blp.route("/subscriptions", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(AnswersInput)
@blp.response(200, TemplateListSchema)
@blp.fails("unknown_template")
def report_answers(body: dict[str, Any]) -> dict[str, Any]:
    """Report the answer of wx.requestSubscribeMessage: each "accept" allows one message."""
    known = templates()
    with transaction() as session:
        for template_id, answer in body["results"].items():
            if template_id not in known:
                raise UnknownTemplate(param="results")
            if answer.startswith("accept"):
                quota.allow(session, access.current_shopper().user_id, template_id, "reported")
    return _subscriptions()


@blp.route("/messages/preferences", methods=["GET"])
@access.shopper
@blp.response(200, PreferencesSchema)
def get_preferences() -> dict[str, bool]:
    """What I want to be told of."""
    user_id = access.current_shopper().user_id
    return {"marketing": preferences.wants_marketing(db.session(), user_id)}


@blp.route("/messages/preferences", methods=["PUT"])
@access.shopper
@blp.arguments(PreferencesSchema)
@blp.response(200, PreferencesSchema)
def set_preferences(body: dict[str, bool]) -> dict[str, bool]:
    """Turn marketing on or off, at once. News of orders always comes."""
    preferences.set_marketing(access.current_shopper().user_id, body["marketing"])
    return body


def _subscriptions() -> dict[str, Any]:
    known = templates()
    left = quota.remaining(db.session(), access.current_shopper().user_id, list(known))
    return {
        "items": [
            {
                "kind": kind.name,
                "purpose": kind.purpose.value,
                "template_id": template_id,
                "remaining": left[template_id],
            }
            for template_id, kind in known.items()
        ]
    }
