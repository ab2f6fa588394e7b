"""`Idempotency-Key`: a request that is sent twice has one effect and one response.

The route runs inside one transaction that also keeps its answer under the key, so a
kill leaves both or neither. A repeat gets the first answer back, byte for byte; the
same key with another body is an error; a repeat while the first is still at work
answers 409 at once (a try-lock, so nobody queues on a connection). A refusal keeps
nothing: the key may be used again.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, current_app, request
from sqlalchemy import LargeBinary, SmallInteger, Text, delete, func, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from mall.kernel import jobs
from mall.kernel.db import Base, transaction
from mall.kernel.errors import Conflict, MallError
from mall.kernel.http.access import principal_key
from mall.kernel.http.error_codes import fails
from mall.kernel.prepared import PreparedStatement

HEADER = "Idempotency-Key"
DOC_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": True,
    "schema": {"type": "string", "minLength": 8, "maxLength": 64},
    "description": "Made by the client, one for each action; a repeat gets the first answer.",
}


class IdempotencyKeyRequired(MallError):
    code = "idempotency_key_required"
    message = "缺少 Idempotency-Key 请求头（8 至 64 个字母、数字、-或_）"


class IdempotencyKeyReused(MallError):
    status = 422
    code = "idempotency_key_reused"
    message = "该 Idempotency-Key 已用于另一请求"


class RequestInFlight(Conflict):
    code = "request_in_flight"
    message = "相同的请求正在处理，请稍后再试"


class IdempotencyRecord(Base):
    """The first answer given to a key; kept for seven days."""

    __tablename__ = "idempotency_records"
    principal: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


def idempotent(view: Callable[..., Any]) -> Callable[..., Response]:
    """Make a route safe to call twice. Stands between the access rule and the rest.

    Only for a view whose work is one database transaction: a call to WeChat must not
    happen inside it.
    """

    @functools.wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Response:
        principal, key = principal_key(), _key()
        fingerprint = _fingerprint()
        with transaction() as session:
            kept = _claim(session, principal, key)
            if kept is not None:
                return _replay(kept, fingerprint)
            response = current_app.make_response(view(*args, **kwargs))
            _keep(session, principal, key, fingerprint, response)
            return response

    _document(wrapper, DOC_PARAMETER)
    return wrapper


def idempotent_if_keyed(view: Callable[..., Any]) -> Callable[..., Response]:
    """`idempotent` for those who send a key; without one the route works as it is.

    For what is small and often done: whoever retries it sends a key, nobody has to.
    """
    keyed = idempotent(view)

    @functools.wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Response:
        if HEADER in request.headers:
            return keyed(*args, **kwargs)
        return current_app.make_response(view(*args, **kwargs))

    _document(wrapper, {**DOC_PARAMETER, "required": False})
    return wrapper


def _document(wrapper: Callable[..., Any], parameter: dict[str, Any]) -> None:
    doc = getattr(wrapper, "_apidoc", {})
    wrapper._apidoc = {  # type: ignore[attr-defined]
        **doc,
        "manual_doc": {**doc.get("manual_doc", {}), "parameters": [parameter]},
    }
    errors = (IdempotencyKeyRequired, IdempotencyKeyReused, RequestInFlight)
    fails(*(one.code for one in errors))(wrapper)


def _key() -> str:
    key = request.headers.get(HEADER, "")
    if not (
        8 <= len(key) <= 64 and key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    ):
        raise IdempotencyKeyRequired(param=HEADER)
    return key


def _fingerprint() -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.mimetype == "multipart/form-data":
        # Not the raw body: a client that sends the same form again makes a new boundary.
        digest.update(repr(sorted(request.form.items(multi=True))).encode())
        for name, file in sorted(request.files.items(multi=True), key=lambda part: part[0]):
            content = file.stream.read()
            file.stream.seek(0)
            digest.update(repr((name, file.filename, len(content))).encode() + content)
    else:
        digest.update(request.get_data(cache=True))
    return digest.digest()


_CLAIM = PreparedStatement(
    """
    WITH lock AS MATERIALIZED (
        SELECT pg_try_advisory_xact_lock(hashtextextended(:principal || ' ' || :key, 20)) AS taken
    )
    SELECT lock.taken, kept.request_hash, kept.status, kept.body
    FROM lock
    LEFT JOIN idempotency_records kept ON kept.principal = :principal AND kept.key = :key
    """
)
"""Lock and look in one round trip. The look may miss an answer that was kept between the
statement's snapshot and its lock; then `_keep` finds the key taken and all is rolled back."""


def _claim(session: Session, principal: str, key: str) -> Any | None:
    (row,) = _CLAIM.rows(session, principal=principal, key=key)
    if not row.taken:
        raise RequestInFlight
    return row if row.status is not None else None


def _replay(kept: Any, fingerprint: bytes) -> Response:
    if kept.request_hash != fingerprint:
        raise IdempotencyKeyReused(param=HEADER)
    response = Response(kept.body, status=kept.status, content_type="application/json")
    response.headers["Idempotent-Replay"] = "true"
    return response


_KEEP = PreparedStatement(
    """
    INSERT INTO idempotency_records (principal, key, request_hash, status, body)
    VALUES (:principal, :key, :request_hash, :status, :body)
    ON CONFLICT DO NOTHING RETURNING status
    """
)


def _keep(
    session: Session, principal: str, key: str, fingerprint: bytes, response: Response
) -> None:
    kept = _KEEP.first(
        session,
        principal=principal,
        key=key,
        request_hash=fingerprint,
        status=response.status_code,
        body=response.get_data(),
    )
    if kept is None:
        raise RequestInFlight


@jobs.job("kernel.forget_idempotency", retry=jobs.SWEEP, cron="41 * * * *")
def forget_old_keys() -> None:
    """Drop answers older than seven days."""
    with transaction() as session:
        session.execute(
            delete(IdempotencyRecord).where(
                IdempotencyRecord.created_at < func.now() - text("interval '7 days'")
            )
        )
