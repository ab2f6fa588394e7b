"""Draws of teams."""
