"""Reconciliation: WeChat's bill of a shop day against our payments and refunds."""
