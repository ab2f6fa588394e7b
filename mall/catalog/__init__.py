"""The catalogue: products (SPU) and what is bought of them (SKU), categories, brands, search."""
