"""Campaigns in which reviews draw lots."""
