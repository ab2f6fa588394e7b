"""Refunds: written down, sent to WeChat, and followed until they end."""
