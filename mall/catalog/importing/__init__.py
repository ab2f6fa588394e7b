"""Products from a merchant's sheet: read (`columns`, `rows`), compared with what is there
(`planning`), written many at a time (`running`, `writing`).

An empty cell, or a column that the sheet lacks, changes nothing; `无` takes a value away.
"""
