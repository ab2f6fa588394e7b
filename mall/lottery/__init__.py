"""Lotteries: published tables, chances, draws that anybody can compute again, prizes."""
