"""The flash tier's ASGI app: `granian --interface asgi asgi:app` (docs/flashsale.md)."""

import gc

from mall.application import create_app
from mall.flashsale.purchase.event_loop import FlashTier

app = FlashTier(create_app())
# What is loaded stays: the garbage collector need not look at it again and again.
gc.collect()
gc.freeze()
