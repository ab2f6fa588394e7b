"""Moderation: what shoppers write and show is decided on before others see it."""
