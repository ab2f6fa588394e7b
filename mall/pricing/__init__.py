"""The one pricing function: a pure map from lines and rules to a quote."""
