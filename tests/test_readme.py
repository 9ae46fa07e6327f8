"""README shows the truth: its file tree is the real one, its commands exist, and what they print is what it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from qa.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
TREE = re.search(r"```tree\n(.*?)```", README, re.S)
COMMANDS = sorted({line.strip() for line in re.findall(r"^\s*\$? ?(onrecord [a-z][^\n#]*)", README, re.M)})


def tracked() -> set[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return {line for line in listed.stdout.splitlines() if (ROOT / line).exists()}


def test_the_file_tree_is_the_real_one() -> None:
    assert TREE is not None
    named = {line.split("  ")[0].strip() for line in TREE.group(1).splitlines() if line.strip()}
    files = tracked()
    folders = {f"{parent}/" for name in files for parent in map(str, Path(name).parents) if parent != "."}
    for name in sorted(named):
        assert name in files or name in folders, f"README names {name}, which isn't there"
    top = {name.split("/")[0] + ("/" if "/" in name else "") for name in files}
    for name in sorted(top - {".gitignore", ".ci/", "LICENSE"}):
        assert any(line.startswith(name.rstrip("/")) for line in named), f"README's tree doesn't name {name}"
    for name in sorted(f for f in files if re.fullmatch(r"(corpus|index|qa)/[a-z]\w*\.py", f)):
        assert name in named, f"README's tree doesn't name {name}"


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_exists_with_its_options(line: str) -> None:
    words = shlex.split(line.replace("…", "").split(" · ")[0])
    helped = CliRunner().invoke(main, [words[1], "--help"])
    assert helped.exit_code == 0, helped.output
    for option in (word for word in words[2:] if word.startswith("--")):
        assert option.split("=")[0] in helped.output, f"{words[1]} has no {option}"


def test_the_two_commands_are_make_targets() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.M), f"README says `make {target}`, the Makefile doesn't"
