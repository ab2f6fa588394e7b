"""The growing pet: fed by missions, cared for by its owner and friends, growing by stages."""
