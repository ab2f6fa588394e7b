"""What staff do: slots, sessions and their items, arming and ending, how a sale goes."""
