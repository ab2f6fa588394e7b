"""Games on missions, points and rewards: each in a folder of its own."""
