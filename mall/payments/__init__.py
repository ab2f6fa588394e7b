"""Payments: prepay, confirm, close and refund, so that every fen is accounted for once."""
