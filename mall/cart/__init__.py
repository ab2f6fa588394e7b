"""A shopper's cart: what they mean to buy, at live prices."""
