"""Stock of every SKU: sellable + reserved + sold = put in, and why each number changed."""
