"""Codes of third parties: imported, sealed at rest, each delivered to one order."""
