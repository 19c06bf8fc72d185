"""`python -m crmkit`."""

from crmkit.cli import main

main(prog_name="crmkit")
