"""The durable folder: a build is written aside, synced, checked, and becomes the index by one rename.

    <data folder>/LOCK                flock; the kernel frees it, also after kill -9
    <data folder>/tmp-<pid>           being built, or left over from a build that was killed
    <data folder>/gen-00000007        complete and never changed again, because only complete folders are renamed

Whatever interrupts a build, the newest `gen-` folder is whole. Damage that comes later is found by hashing every
file at open, and then the generation before is served with a notice.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from corpus.errors import BusyError, DamagedError, NoIndexError, StorageError
from index import manifest as manifests
from index.files import Files, files_under, raise_if_scarce, remove_tree, sha256, storage_errors
from index.manifest import Manifest, StoredFile

T = TypeVar("T")
KEPT = 2  # generations that stay on disk
LOCK = "LOCK"
_NAMED_WITHIN = 1.0  # seconds until a builder must have written its number into the lock file
_PREFIX = "gen-"
_TEMPORARY = "tmp-"


def generations(folder: Path) -> list[tuple[int, Path]]:
    """Number and folder of every generation, newest first. StorageError if the folder can't be read."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise_if_scarce(error)
        raise _unreadable(folder) from error
    decimals = (name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))
    numbers = sorted((int(number) for number in decimals if number.isdecimal()), reverse=True)
    found = [(number, generation_path(folder, number)) for number in numbers]
    return [(number, path) for number, path in found if path.name in names]


def generation_path(folder: Path, number: int) -> Path:
    return folder / f"{_PREFIX}{number:08d}"


@contextmanager
def locked(folder: Path, files: Files) -> Iterator[Path]:
    """Holds the folder's lock and yields an unused path for the build; what is there at the end is removed.

    The data folder is made if it isn't there. Leftovers of killed builds are removed first, which is safe because
    whoever made them has lost the lock. BusyError names the process that builds.
    """
    with storage_errors(folder):
        _make_parents(folder, files)
        descriptor = files.open_lock(folder / LOCK)
    try:
        _take(descriptor)
        with storage_errors(folder):
            files.write_lock(folder / LOCK, descriptor, f"{os.getpid()}\n".encode())
            _remove_temporary(folder, files)
        try:
            yield folder / f"{_TEMPORARY}{os.getpid()}"
        finally:
            with suppress(OSError):  # what stays is removed by the next change, and hides no error of this one
                _remove_temporary(folder, files)
            with suppress(OSError):  # the next holder must not be taken for this one
                files.write_lock(folder / LOCK, descriptor, b"")
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    """Locks without waiting for whoever builds; BusyError names them.

    A holder writes its number right after it got the lock. Until then the file says nothing, or still names a process
    that was killed, so it is read again for a moment.
    """
    until = time.monotonic() + _NAMED_WITHIN
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            written = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        if _is_running(written) or time.monotonic() > until:
            raise BusyError(
                f"Another process (pid {written or 'unknown'}) is building this index; "
                "wait until it has finished, then try again."
            )
        time.sleep(0.005)


def _is_running(pid: str) -> bool:
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except PermissionError:
        return True  # another user's
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _make_parents(folder: Path, files: Files) -> None:
    """Makes the folder so that a power cut doesn't take it away again together with what was put into it."""
    if folder.is_dir():
        return
    _make_parents(folder.parent, files)
    try:
        files.make_folder(folder)
    except FileExistsError:
        if not folder.is_dir():  # a file, and not another builder that was quicker
            raise
    files.sync_folder(folder.parent)


def _remove_temporary(folder: Path, files: Files) -> None:
    for name in sorted(os.listdir(folder)):
        if name.startswith(_TEMPORARY):
            remove_tree(files, folder / name)


def commit(
    folder: Path,
    draft: Path,
    describe: Callable[[int, tuple[StoredFile, ...]], Manifest],
    check: Callable[[Path, Manifest], None],
    files: Files,
    keep: Sequence[int],
) -> Manifest:
    """Makes the finished files in `draft` the newest generation; when this returns, it survives a power cut.

    `describe` gives the manifest for a generation's number and its files, `check` opens the draft through the real
    reader and raises if it isn't right. Of the older generations only those in `keep` (at most one) stay.
    """
    with storage_errors(folder):
        existing = generations(folder)
        number = existing[0][0] + 1 if existing else 1
        stored = _synced(draft, files)
        manifest = describe(number, stored)
        files.write(draft / manifests.NAME, manifest.to_bytes())
        files.sync_file(draft / manifests.NAME)
        for path in sorted({draft, *((draft / file.path).parent for file in stored)}, reverse=True):
            files.sync_folder(path)
    check(draft, manifest)
    with storage_errors(folder):
        _put_in_place(draft, generation_path(folder, number), files)
        for old, path in reversed(existing):  # oldest first, so that nothing older ever stands in for a newer one
            if old not in keep[: KEPT - 1]:
                with suppress(OSError):  # the change is committed; tidying up can wait for the next one
                    _retire(folder, path, files)
    return manifest


def _put_in_place(draft: Path, target: Path, files: Files) -> None:
    """The commit. What might not survive a power cut is taken back, so that a refusal always means the old index."""
    files.rename(draft, target)
    try:
        files.sync_folder(target.parent)
    except OSError as error:
        try:
            files.rename(target, draft)
        except OSError:
            raise StorageError(
                f"The disk refused ({error}) when the new index was in place already, so it may not survive a power "
                f"cut. Check the disk that holds {target.parent} and run the command again."
            ) from error
        raise


def _synced(draft: Path, files: Files) -> tuple[StoredFile, ...]:
    stored = []
    for name in files_under(draft):
        path = draft / name
        files.sync_file(path)
        stored.append(StoredFile(name, path.stat().st_size, sha256(path)))
    return tuple(stored)


def _retire(folder: Path, path: Path, files: Files) -> None:
    """Renamed first, for good: a `gen-` folder is always whole, also while an old one is being removed."""
    trash = folder / f"{_TEMPORARY}{path.name}"
    files.rename(path, trash)
    files.sync_folder(folder)  # else a power cut could undo the renaming and keep the removals
    remove_tree(files, trash)


def verify(path: Path, *, hashes: bool = True, any_format: bool = False) -> Manifest:
    """The manifest of the generation in `path`, after comparing every file with it.

    DamagedError names the first file that differs. Files are hashed side by side. `any_format` also takes a manifest
    of another format, as far as it says what is needed.
    """
    try:
        manifest = manifests.parse((path / manifests.NAME).read_bytes(), any_format=any_format)
    except PermissionError as error:
        raise _unreadable(path) from error
    except OSError as error:
        raise_if_scarce(error)
        raise DamagedError(f"index damaged: {manifests.NAME} ({error.strerror})") from error
    if hashes:
        largest_first = sorted(manifest.files, key=lambda file: (-file.size, file.path))
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            damaged = [name for name in pool.map(lambda file: _damaged(path, file), largest_first) if name]
        if damaged:
            raise DamagedError(f"index damaged: {min(damaged)}")
    return manifest


def _damaged(folder: Path, file: StoredFile) -> str | None:
    path = folder / file.path
    try:
        same = path.stat().st_size == file.size and sha256(path) == file.sha256
    except PermissionError as error:
        raise _unreadable(path) from error
    except OSError as error:
        raise_if_scarce(error)
        return file.path
    return None if same else file.path


def _unreadable(path: Path) -> StorageError:
    return StorageError(f"{path} may not be read; open the index as the user who built it, or change its permissions.")


def read_newest(
    folder: Path, opener: Callable[[Path, Manifest], T], *, any_format: bool = False
) -> tuple[T, str | None]:
    """Opens the newest generation that verifies, and a notice if that isn't the newest one.

    `opener` may raise DamagedError too. NoIndexError if there is no generation, DamagedError if none is whole,
    IncompatibleError for another format unless `any_format`.
    """
    while True:
        found = generations(folder)
        if not found:
            raise NoIndexError(f"There is no index in {folder} yet; make one with `onrecord add PATH`.")
        damage: list[tuple[int, str]] = []
        for number, path in found[: KEPT + 1]:
            try:
                return opener(path, _numbered(verify(path, any_format=any_format), number)), _notice(damage, number)
            except (DamagedError, StorageError) as error:
                # A builder may have committed and retired what was being read: then there is something newer to read.
                if generations(folder)[:1] != found[:1]:
                    break
                if isinstance(error, StorageError):
                    raise
                damage.append((number, str(error)))
        else:
            number, reason = damage[0]
            raise DamagedError(
                f"{reason} in generation {number}, and no older generation is whole. "
                f"Move {folder} away and add the articles again with `onrecord add PATH`."
            )


def _numbered(manifest: Manifest, number: int) -> Manifest:
    if manifest.generation != number:
        raise DamagedError(f"index damaged: {manifests.NAME} (it belongs to generation {manifest.generation})")
    return manifest


def _notice(damage: Sequence[tuple[int, str]], served: int) -> str | None:
    if not damage:
        return None
    number, reason = damage[0]
    return f"generation {number} is damaged ({reason.removeprefix('index damaged: ')}); generation {served} is served"
