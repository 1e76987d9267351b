"""What holds for all rings."""

from __future__ import annotations

import os
import signal
import sys

# Started in the background, a shell's child ignores Ctrl-C, and would hand that on to every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Hundreds of tests start the command. Where the environment forbids bytecode files, each would compile the package anew,
# which nobody's installation does, and which is more than half of a start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
