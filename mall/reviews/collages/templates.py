"""Designs of collages."""

from __future__ import annotations

from mall.reviews.collages.errors import CollageTemplateNotFound
from mall.reviews.collages.models import CollageTemplate
from mall.sharing.pictures.designs import Designs

DESIGNS = Designs(CollageTemplate, "collage_template", CollageTemplateNotFound)
