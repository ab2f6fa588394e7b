"""What staff do with designs of pictures. Each change makes a new version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.errors import NotFound
from mall.sharing.pictures.codes import has_plain_code
from mall.sharing.pictures.errors import BackgroundMissing, ShareLinkMissing
from mall.sharing.pictures.models import Design
from mall.sharing.pictures.settings import LINK_PREFIX
from mall.staff.audit import record
from mall.uploads.errors import UploadGone

Terms = Mapping[str, Any]
T = TypeVar("T", bound=Design)


@dataclass(frozen=True)
class Designs(Generic[T]):
    """The designs of one kind: their table, what they are called in the audit, and the error for
    one that isn't there (`missing`)."""

    table: type[T]
    kind: str
    missing: type[NotFound]

    def create(self, terms: Terms) -> int:
        """A new design: its id. Raises ShareLinkMissing, BackgroundMissing."""
        with transaction() as session:
            self._check(terms)
            with self._background():
                design_id: int = session.execute(
                    insert(self.table).values(**terms).returning(self.table.id)
                ).scalar_one()
            self._record(session, "create", design_id, None, terms)
        return design_id

    def change(self, design_id: int, terms: Terms) -> None:
        """Another layout, name or pages; pictures of the version before stay as they are.

        Raises `missing`, ShareLinkMissing, BackgroundMissing.
        """
        with transaction() as session:
            before = self._locked(session, design_id)
            if all(before[key] == value for key, value in terms.items()):
                return
            self._check(terms)
            with self._background():
                session.execute(
                    update(self.table)
                    .where(self.table.id == design_id)
                    .values(
                        **terms, version=self.table.version + 1, changed_at=func.clock_timestamp()
                    )
                )
            self._record(session, "change", design_id, before, terms)

    def one(self, session: Session, design_id: int) -> T:
        """A design. Raises `missing`."""
        found = session.get(self.table, design_id, populate_existing=True)
        if found is None:
            raise self.missing
        return found

    def offered(self, session: Session, design_id: int) -> T:
        """A design that shoppers may use. Raises `missing`."""
        found = self.one(session, design_id)
        if not found.enabled:
            raise self.missing
        return found

    def all(
        self, session: Session, *, page_kind: str | None = None, only_enabled: bool = False
    ) -> Sequence[T]:
        """Designs, the newest first; a shop has few of them."""
        query = select(self.table).order_by(self.table.id.desc()).limit(200)
        if only_enabled:
            query = query.where(self.table.enabled)
        if page_kind is not None:
            query = query.where(self.table.page_kinds.contains([page_kind]))
        return session.scalars(query.execution_options(populate_existing=True)).all()

    def _locked(self, session: Session, design_id: int) -> dict[str, Any]:
        found = session.get(
            self.table, design_id, with_for_update={"key_share": True}, populate_existing=True
        )
        if found is None:
            raise self.missing
        return {name: getattr(found, name) for name in ("name", "page_kinds", "layout", "enabled")}

    @staticmethod
    def _check(terms: Terms) -> None:
        if has_plain_code(terms["layout"]) and not LINK_PREFIX.get():
            raise ShareLinkMissing(param="layout")

    @staticmethod
    @contextmanager
    def _background() -> Iterator[None]:
        """The layout holds its background; the upload must be there."""
        try:
            yield
        except UploadGone:
            raise BackgroundMissing(param="layout") from None

    def _record(
        self, session: Session, verb: str, design_id: int, before: Terms | None, after: Terms
    ) -> None:
        record(
            session,
            action=f"{self.kind}.{verb}",
            target_type=self.kind,
            target_id=design_id,
            before=before,
            after=after,
        )
