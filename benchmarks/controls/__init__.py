"""The mall with one speed-up switched off: WSGI apps for the control runs of `speedups`.

The switches are here, in the benchmark; the mall itself has none.
"""
