"""Pictures that the workers draw: layouts, lettering, composing, and how many at the same time."""
