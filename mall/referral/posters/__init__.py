"""Posters: pictures that shoppers share, with a code that carries their share."""
