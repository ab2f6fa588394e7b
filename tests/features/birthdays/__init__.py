"""The toy feature of docs/adding-a-feature.md: money off on a shopper's birthday."""
