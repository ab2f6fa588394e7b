"""Compliance: rules of law and platform that every campaign is asked about."""
