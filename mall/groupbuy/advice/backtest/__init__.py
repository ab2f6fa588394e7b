"""The advice against simulated shoppers, whose response is known to the simulation alone."""
