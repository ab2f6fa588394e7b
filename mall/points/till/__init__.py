"""The till: points are given and taken at pick-up points, by the code that a shopper shows."""
