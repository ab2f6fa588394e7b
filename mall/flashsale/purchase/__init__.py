"""A shopper's purchase: the purchase token, the attempt, the polling of its ticket."""
