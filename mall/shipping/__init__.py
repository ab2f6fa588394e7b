"""Freight, parcels on their way, and the shipping report without which WeChat keeps the money."""
