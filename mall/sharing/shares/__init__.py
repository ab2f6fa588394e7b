"""Sharing: who opened a shopper's share, and what they did then."""
