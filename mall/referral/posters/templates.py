"""Designs of posters."""

from __future__ import annotations

from mall.referral.posters.errors import PosterTemplateNotFound
from mall.referral.posters.models import PosterTemplate
from mall.sharing.pictures.designs import Designs

DESIGNS = Designs(PosterTemplate, "poster_template", PosterTemplateNotFound)
