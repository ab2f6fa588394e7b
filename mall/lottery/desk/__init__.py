"""Lotteries for staff."""
