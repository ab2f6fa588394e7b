"""Reviews of what shoppers bought: written once a line, moderated, answered, deleted."""
