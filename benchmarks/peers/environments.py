"""An environment of its own for each peer, with pinned versions.

python -m benchmarks.peers.environments [FOLDER]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
DEFAULT = HERE / ".venv"  # git ignores every folder of this name
PEERS = ("llamaindex", "langchain", "haystack", "txtai")


def requirements(peer: str) -> Path:
    """The file that pins a peer's versions."""
    return HERE / "requirements" / f"{peer}.txt"


def python_of(peer: str, folder: Path = DEFAULT) -> Path:
    """The interpreter of a peer's environment."""
    return folder / peer / "bin" / "python"


def is_current(peer: str, folder: Path = DEFAULT) -> bool:
    """Whether the environment is there, as the file of versions says."""
    stamp = folder / peer / "installed.txt"
    return stamp.exists() and stamp.read_text("utf-8") == requirements(peer).read_text("utf-8")


def set_up(peer: str, folder: Path = DEFAULT) -> None:
    """Makes the environment, unless it is there. CalledProcessError if something can't be installed."""
    if is_current(peer, folder):
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / peer)], check=True)
    install = [str(python_of(peer, folder)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # torch first: whichever index pip is given decides whether it is the CPU's build, as for Onrecord itself.
    torch = next(line for line in requirements(peer).read_text("utf-8").splitlines() if line.startswith("torch=="))
    subprocess.run([*install, torch], check=True)
    subprocess.run([*install, "--requirement", str(requirements(peer))], check=True)
    (folder / peer / "installed.txt").write_text(requirements(peer).read_text("utf-8"), "utf-8")


def main() -> None:
    """Make all that are missing."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    for peer in PEERS:
        sys.stdout.write(f"{peer} …\n")
        set_up(peer, folder)


if __name__ == "__main__":
    main()
