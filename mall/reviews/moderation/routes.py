"""What shoppers do about moderation: report others' contents, object about their own."""

from __future__ import annotations

from typing import Any

from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.reviews.moderation import objecting, reporting
from mall.reviews.moderation.schemas import ObjectionInput, ReportInput

blp = Blueprint("moderation", __name__, url_prefix="/api/v1", description="内容举报与异议")


@blp.route("/content-reports", methods=["POST"])
@access.shopper
@blp.arguments(ReportInput)
@blp.response(204)
@blp.fails("content_not_found", "own_content", "account_closed")
def report(body: dict[str, Any]) -> None:
    """Report a content that is shown; again changes nothing."""
    reporting.report(current_shopper().user_id, **body)


@blp.route("/content-objections", methods=["POST"])
@access.shopper
@blp.arguments(ObjectionInput)
@blp.response(204)
@blp.fails("content_not_found", "content_not_objectionable")
def object_to(body: dict[str, Any]) -> None:
    """Object to the refusal or hiding of an own content, once; the same again changes nothing."""
    objecting.object_to_decision(current_shopper().user_id, **body)
