"""Channels: ways to the shop that staff make beside shoppers' shares, such as a code in a store."""
