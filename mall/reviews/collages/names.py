"""The names under which collages are known elsewhere."""

from __future__ import annotations

COLLAGE = "collage"
"""The kind of moderated content; its ref is the collage's id."""
