"""Pages of the shop that shoppers look at and share: which kinds there are, and which are shown."""
