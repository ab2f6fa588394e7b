"""Sharing, part by part."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.sharing.channels import feature as channels
from mall.sharing.pages import feature as pages
from mall.sharing.pictures import feature as pictures
from mall.sharing.shares import feature as shares


def install(mall: Mall) -> None:
    """Declare sharing."""
    pages.install(mall)
    shares.install(mall)
    channels.install(mall)
    pictures.install(mall)
