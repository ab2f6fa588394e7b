"""Points given by a sheet: to a list of shoppers, or as opening balances from another system."""
