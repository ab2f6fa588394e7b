"""What of pets needs somebody."""

from __future__ import annotations

from sqlalchemy import select

from mall.games.pets.models import Pet, PetStage
from mall.games.pets.settling import OWED
from mall.kernel.invariants import AttentionList
from mall.users.models import User

REFUSED_STAGES = AttentionList(
    "refused_pet_rewards",
    "stages of pets that were reached and whose rewards could not be given",
    "养成阶段达成但未能发出的奖励",
    select(PetStage.pet_id, PetStage.stage, PetStage.refusal, PetStage.created_at)
    .join(Pet, Pet.id == PetStage.pet_id)
    .join(User, User.id == Pet.user_id)
    .where(PetStage.refusal.is_not(None), PetStage.refusal != OWED, User.closed_at.is_(None))
    .order_by(PetStage.pet_id, PetStage.stage),
)
