"""Disputes: what WeChat says that contradicts our books, until it is resolved."""
