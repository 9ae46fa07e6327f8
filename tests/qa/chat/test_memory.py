"""Dozens of threads share the chat's heaps; counted by glibc itself, in processes of their own."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

COUNT = """
import ctypes, sys, threading
from qa.chat.memory import share_heaps
if sys.argv[2] == "shared":
    share_heaps()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(24)
def take():
    libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=take) for _ in range(24)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def heaps(folder: Path, how: str) -> int:
    report = folder / f"{how}.xml"
    subprocess.run([sys.executable, "-c", COUNT, str(report), how], check=True)
    return report.read_text("utf-8").count("<heap nr=")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="glibc alone counts its heaps")
def test_threads_share_two_heaps(tmp_path: Path) -> None:
    assert heaps(tmp_path, "shared") <= 2 < heaps(tmp_path, "left alone")
