"""A feature of one folder, installed without any change under `mall/`."""
