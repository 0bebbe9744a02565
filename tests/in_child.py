"""Work in a forked child: a process of its own, without the second that a new interpreter takes."""

import os
import signal
import sys
import traceback
from collections.abc import Callable


def in_child(work: Callable[[], object]) -> int:
    """Do the work in a forked child; its number. It ends with 0, or after an error with 1."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 a child must not go on as the test
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
