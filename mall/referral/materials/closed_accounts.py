"""What is erased of a shopper who closes the account: how often they downloaded what. The sum of
a material stays."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from mall.referral.materials.models import MaterialDownload
from mall.users.erasing import Eraser


def _erase(session: Session, user_id: int) -> None:
    session.execute(delete(MaterialDownload).where(MaterialDownload.user_id == user_id))


DOWNLOADS = Eraser(
    "material downloads",
    _erase,
    "EXISTS (SELECT 1 FROM promoter_material_downloads d WHERE d.user_id = u.id)",
)
