"""How the chat's process gets its memory, since it runs for days with dozens of threads.

glibc gives every thread a heap of its own, up to eight a core, and returns little of what was freed in them: after six
minutes of visitors that was a ninth of the chat's memory, and it kept growing. Two heaps serve all threads as fast.
"""

from __future__ import annotations

import ctypes

HEAPS = 2
_M_ARENA_MAX = -8  # <malloc.h>


def share_heaps(heaps: int = HEAPS) -> None:
    """Lets all threads share so many heaps, where the C library is glibc; call it before there are threads."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:  # other systems' allocators return what was freed
        mallopt(_M_ARENA_MAX, heaps)
