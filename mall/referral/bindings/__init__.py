"""Bindings: who brought a shopper, for how long, and who may win them instead."""
