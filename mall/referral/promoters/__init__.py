"""Promoters (推广员): the agreement they accept, their levels, who is one and why."""
