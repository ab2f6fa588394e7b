"""Chances to draw: given as rewards, bought, taken back. A ledger."""
