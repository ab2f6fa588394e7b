"""Collages (穿搭模板): a shopper's own pictures in a design of the shop, with the share's code."""
