"""The buyer show."""
