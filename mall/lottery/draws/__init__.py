"""Draws and what they bring: prizes given, prizes that come back; the pages of shoppers."""
