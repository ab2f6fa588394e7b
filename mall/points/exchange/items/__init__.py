"""What the points mall has on offer: terms, prices, stock."""
