"""A promoter downloads a material: it is counted, for the material and for the promoter."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.referral.materials.queries import MaterialView, material, must_be_promoter
from mall.users.queries import hold_open_account

# The material's row comes last: it is what many promoters write at once.
_COUNT_FOR_PROMOTER = text(
    """
    INSERT INTO promoter_material_downloads AS d (material_id, user_id, downloads)
    VALUES (:material_id, :user_id, 1)
    ON CONFLICT (material_id, user_id) DO UPDATE
    SET downloads = d.downloads + 1, last_at = clock_timestamp()
    """
)
_COUNT = text("UPDATE promoter_materials SET downloads = downloads + 1 WHERE id = :material_id")


def download(user_id: int, material_id: int) -> MaterialView:
    """Count a download and hand out the material: its text and the addresses of its files.

    Raises PromotersOnly, MaterialNotFound, AccountClosed.
    """
    with transaction() as session:
        hold_open_account(session, user_id)
        must_be_promoter(session, user_id)
        found = material(session, material_id, only_open=True)
        _count(session, user_id, material_id)
        return found


def _count(session: Session, user_id: int, material_id: int) -> None:
    given = {"user_id": user_id, "material_id": material_id}
    session.execute(_COUNT_FOR_PROMOTER, given)
    session.execute(_COUNT, given)
