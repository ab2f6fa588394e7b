"""Every speed that the project claims, runnable: `make bench`."""
