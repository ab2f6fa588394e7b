"""What a route answers whose effect waits for an approval."""

from __future__ import annotations

from flask import Response, jsonify

from mall.approvals.schemas import ApprovalAskedSchema


def approval_answer(approval_id: int) -> Response:
    """202 with the approval's id. The route documents `ApprovalAskedSchema` under 202."""
    answer = jsonify(ApprovalAskedSchema().dump({"approval_id": approval_id}))
    answer.status_code = 202
    return answer
