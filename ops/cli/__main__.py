"""`python -m ops.cli`: the command without its script."""

from ops.cli.main import main

main()
