"""Points given and taken by hand, with four eyes."""
