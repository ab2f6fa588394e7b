"""`python -m mall` is the `mall` command."""

from mall.cli import main

main(prog_name="mall")
