"""What WeChat transfers at all (商家转账, 2025): bounds that no shop can change. In fen."""

from __future__ import annotations

LEAST_FEN = 10
"""0.10 yuan."""
NAME_FROM_FEN = 200_000
"""From 2,000 yuan on the receiver's real name is needed."""
