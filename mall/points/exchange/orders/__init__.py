"""Exchanges: orders that cost points, from the quote to what is delivered."""
