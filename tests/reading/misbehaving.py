"""Formats for the tests of isolation: what their readers do is what the bytes say. Reader processes import this module."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

from itudocs.errors import ReadError
from itudocs.model import Place
from itudocs.reading.decoding import Decoded
from itudocs.reading.source import Limits

_SEEN: list[bytes] = []
_KEPT: list[bytearray] = []


class Misbehaving:
    """Does what it is told: one word, and perhaps an argument."""

    name = "misbehaving"
    extensions = frozenset({".bad"})
    isolated = True

    def sniff(self, data: bytes, name: str) -> float:
        return 1.0 if name.endswith(".bad") else 0.0

    def to_text(self, data: bytes, *, name: str, limits: Limits) -> Decoded:
        order, _, argument = data.decode().partition(" ")
        text = argument
        match order:
            case "say":
                pass
            case "pid":
                text = str(os.getpid())
            case "nap":
                time.sleep(0.5)
                text = str(os.getpid())
            case "loop":
                while True:
                    pass
            case "sleep":
                time.sleep(60)
            case "hog":
                _KEPT.append(bytearray(int(argument)))
                text = "had it"
            case "starve":  # as a library does that gets no memory
                kept = b"x" * int(argument)
                os.kill(os.getpid(), 6 if kept else 0)
            case "crash":
                ctypes.string_at(0)
            case "exit":
                os._exit(int(argument))
            case "frail":  # dies in a reader that has read before, as after a damage done by an earlier file
                if _SEEN:
                    os._exit(3)
                text = "well"
            case "refuse":
                raise ReadError(f"{name} is not to my taste.", name=name, reason="taste")
            case "fault":
                raise ValueError("a slip")
            case "recurse":
                return self.to_text(data, name=name, limits=limits)
            case "write":
                Path(argument).write_bytes(b"x")
            case "chatter":
                print("from a file", file=sys.stderr, flush=True)
                print("from a file", flush=True)
            case "babble":
                os.write(int(argument), b"\0" * 7 + b"\x03abc")
            case "child":  # a program that is still there when its reader is killed
                program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
                Path(argument).symlink_to(str(program.pid))
                time.sleep(60)
            case _:
                raise AssertionError(order)
        _SEEN.append(data)
        places = (Place(start=0, end=len(text), page=1, cell=(1, 2, 3)),) if text else ()
        return Decoded(text=text, encoding="utf-8", places=places)
