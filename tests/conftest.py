"""What holds for all rings."""

from __future__ import annotations

import signal

# Started in the background, a shell's child ignores Ctrl-C, and would hand that on to every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
