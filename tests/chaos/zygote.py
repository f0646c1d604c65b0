"""Starts `python -m app serve` quickly: imports once, then forks a server at each line it reads.

    python -m tests.chaos.zygote        stdin: PORT LOG_FILE     stdout: the server's pid

What runs in the child is the command itself, from its arguments on; only the second of importing
is saved, which would leave a harness of 500 kills waiting for the interpreter most of the time.
"""

import os
import signal
import sys
from typing import NoReturn

import app.__main__ as command
import app.cli.serve
import app.main  # noqa: F401 - both for their children


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the killed ones need no burial
    for line in sys.stdin:
        port, _, log = line.strip().partition(" ")
        pid = os.fork()
        if pid == 0:
            serve(port, log)
        print(pid, flush=True)


def serve(port: str, log: str) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os._exit(command.main(["serve", "--port", port, "--with-parent"]))


if __name__ == "__main__":
    main()
