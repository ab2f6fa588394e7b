"""Trials (体验官): shoppers get a product for nothing, and review it with pictures in time."""
