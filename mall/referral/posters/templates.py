"""What staff do with designs of posters. Each change makes a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.drawing.layouts import QR
from mall.kernel.db import transaction
from mall.kernel.http.access import current_staff
from mall.referral.posters.errors import (
    PosterLinkMissing,
    PosterPictureMissing,
    PosterTemplateNotFound,
)
from mall.referral.posters.models import PosterTemplate
from mall.referral.posters.settings import LINK_PREFIX
from mall.staff.audit import record
from mall.uploads.commands import Owner, attach
from mall.uploads.errors import UploadNotFound
from mall.uploads.models import Upload

Terms = Mapping[str, Any]


def create_template(terms: Terms) -> int:
    """A new design: its id. Raises PosterLinkMissing, PosterPictureMissing."""
    with transaction() as session:
        template_id: int = session.execute(
            insert(PosterTemplate).values(**terms).returning(PosterTemplate.id)
        ).scalar_one()
        _check(session, template_id, terms)
        _record(session, "create", template_id, None, terms)
    return template_id


def change_template(template_id: int, terms: Terms) -> None:
    """Another layout, name or pages; posters of the version before stay as they are.

    Raises PosterTemplateNotFound, PosterLinkMissing, PosterPictureMissing.
    """
    with transaction() as session:
        before = _locked(session, template_id)
        if all(before[key] == value for key, value in terms.items()):
            return
        _check(session, template_id, terms)
        session.execute(
            update(PosterTemplate)
            .where(PosterTemplate.id == template_id)
            .values(**terms, version=PosterTemplate.version + 1, changed_at=func.clock_timestamp())
        )
        _record(session, "change", template_id, before, terms)


def template(session: Session, template_id: int) -> PosterTemplate:
    """A design. Raises PosterTemplateNotFound."""
    found = session.get(PosterTemplate, template_id, populate_existing=True)
    if found is None:
        raise PosterTemplateNotFound
    return found


def templates(
    session: Session, *, page_kind: str | None = None, only_enabled: bool = False
) -> Sequence[PosterTemplate]:
    """Designs, the newest first; a shop has few of them."""
    query = select(PosterTemplate).order_by(PosterTemplate.id.desc()).limit(200)
    if only_enabled:
        query = query.where(PosterTemplate.enabled)
    if page_kind is not None:
        query = query.where(PosterTemplate.page_kinds.contains([page_kind]))
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _locked(session: Session, template_id: int) -> dict[str, Any]:
    found = session.get(
        PosterTemplate, template_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None:
        raise PosterTemplateNotFound
    return {name: getattr(found, name) for name in ("name", "page_kinds", "layout", "enabled")}


def _check(session: Session, template_id: int, terms: Terms) -> None:
    layout = terms["layout"]
    if any(box["kind"] == QR for box in layout["boxes"]) and not LINK_PREFIX.get():
        raise PosterLinkMissing(param="layout")
    if layout["background"] is not None:
        _hold_background(session, template_id, layout["background"])


def _hold_background(session: Session, template_id: int, name: str) -> None:
    """The picture belongs to the design from now on, so that no sweep takes it."""
    mine = f"poster_template:{template_id}"
    held = session.scalar(select(Upload.attached_to).where(Upload.name == name))
    if held == mine:
        return
    try:
        attach(session, Owner(staff_id=current_staff().staff_id), [name], mine)
    except UploadNotFound:
        raise PosterPictureMissing(param="layout") from None


def _record(
    session: Session, verb: str, template_id: int, before: Terms | None, after: Terms
) -> None:
    record(
        session,
        action=f"poster_template.{verb}",
        target_type="poster_template",
        target_id=template_id,
        before=before,
        after=after,
    )
