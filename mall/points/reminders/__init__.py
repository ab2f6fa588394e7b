"""Reminders of points that will expire."""
