"""Which files a folder stands for, and the reasons of the others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from corpus.article import Skipped
from corpus.walk import find_files, split_sources


def reasons(source: Path) -> dict[str, str]:
    return {Path(item.path).name: item.reason for item in find_files(source) if isinstance(item, Skipped)}


def names(source: Path) -> list[str]:
    return [str(item.relative_to(source)) for item in find_files(source) if isinstance(item, Path)]


def test_folders_are_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.txt", "B.txt", ".hidden.txt", ".git/config", "a/.DS_Store"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert names(tmp_path) == ["B.txt", "a/b/c.txt", "a/z.txt", "b.txt"]
    assert list(find_files(tmp_path / ".hidden.txt")) == [tmp_path / ".hidden.txt"]
    assert list(find_files(tmp_path / ".git")) == [tmp_path / ".git" / "config"]


def test_links_in_a_folder_are_not_followed_but_named_ones_are(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("x")
    (folder / "real.txt").write_text("x")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "round").symlink_to(folder)
    (folder / "twin.txt").symlink_to(folder / "real.txt")
    (folder / "dead.txt").symlink_to(folder / "gone.txt")
    (folder / "self.txt").symlink_to(folder / "self.txt")
    assert names(folder) == ["real.txt"]
    found = reasons(folder)
    assert "out of the folder" in found["out.txt"] and "out of the folder" in found["up"]
    assert "read by itself" in found["twin.txt"] and "read by itself" in found["round"]
    assert "leads nowhere" in found["dead.txt"] and "leads nowhere" in found["self.txt"]
    assert list(find_files(folder / "out.txt")) == [folder / "out.txt"]
    assert "leads nowhere" in reasons(folder / "dead.txt")["dead.txt"]


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    os.mknod(tmp_path / "socket.txt", stat.S_IFSOCK | 0o600)
    assert reasons(tmp_path) == {"pipe.txt": "it is a pipe, not a file", "socket.txt": "it is a socket, not a file"}
    assert reasons(Path("/dev/null")) == {"null": "it is a device, not a file"}
    assert reasons(tmp_path / "missing.txt") == {"missing.txt": "there is no such file or folder"}
    assert reasons(Path("a\x00b")) == {"a\x00b": "its name can't be a path"}


def test_a_folder_without_files_says_so(tmp_path: Path) -> None:
    assert reasons(tmp_path) == {tmp_path.name: "the folder holds no files"}
    (tmp_path / ".only-hidden").write_text("x")
    (tmp_path / "empty").mkdir()
    assert reasons(tmp_path) == {tmp_path.name: "the folder holds no files"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    assert "permission denied" in reasons(tmp_path)["locked"]


def test_names_that_are_no_utf8_are_named_safely(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    (item,) = find_files(tmp_path)
    assert item == Skipped(f"{tmp_path}/caf\\udce9.txt", "its name is not UTF-8; rename it")


def test_each_file_is_taken_once_and_addresses_stay(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    sources = [tmp_path, tmp_path / "a.txt", str(tmp_path), "https://example.com/a", "HTTPS://example.com/b"]
    assert split_sources(sources) == [tmp_path / "a.txt", "https://example.com/a", "HTTPS://example.com/b"]
