"""The advice's model: pure arithmetic, without a database or a clock."""
