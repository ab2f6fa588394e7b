"""Guards of money, ownership and limits, switched off one at a time: `make mutants`.

`guards/` holds the lists. Each mutant must make one of its tests fail; one that doesn't either
gets a test, or says in `explained` what else stands behind the guard.
"""
