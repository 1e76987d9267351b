"""``python -m preflight``."""

from .cli import main

main()
