"""A terminal of one's own, for commands that look whether they talk to a person."""

import os
import pty
import time
from contextlib import suppress
from select import select
from threading import Thread


class Terminal:
    """`inside` is a command's end of it; what that writes is read at once, so that it never waits. Gone after `close`, or the block."""

    def __init__(self):
        self.said, self._is_closing = b"", False
        self._outside, self.inside = pty.openpty()
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self):
        with suppress(OSError):  # nobody holds the other end any more
            while not self._is_closing:
                self._take(0.05)

    def _take(self, seconds):
        if select([self._outside], [], [], seconds)[0]:
            self.said += os.read(self._outside, 65_536)
            return True
        return False

    def type(self, keys):
        os.write(self._outside, keys)

    def wait_for(self, words, seconds=120):
        """Until the command has said this."""
        end = time.monotonic() + seconds
        while words not in self.said:
            assert time.monotonic() < end, self.said
            time.sleep(0.02)

    def hand_over(self):
        """The command has it now."""
        os.close(self.inside)

    def close(self):
        if not self._is_closing:
            self._is_closing = True
            self._reader.join()
            with suppress(OSError):
                while self._take(0):
                    pass
            os.close(self._outside)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
