"""Blind boxes: lotteries in which every ticket is a prize, sold as a SKU or for points."""
