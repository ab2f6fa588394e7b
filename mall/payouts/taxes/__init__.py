"""Taxes: what shoppers were paid, by person, month and kind of income, as a sheet."""
