"""Browsing: how long shoppers look at pages, timed by the server."""
