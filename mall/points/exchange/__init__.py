"""The points mall: what points buy, and the orders by which they do."""
