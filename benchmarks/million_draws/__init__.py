"""A million draws by the real command, then everything that was promised of them, checked.

`python -m benchmarks.million_draws` is run by hand (`--help`); a test draws a few hundred, so that
it doesn't rot. HTTP is left out: the command and the database are what is asked.
"""
