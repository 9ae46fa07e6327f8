"""What the doctor says of the runtime that computes the models."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.bert import Runtime
from qa.doctor import Finding, examine
from qa.settings import Settings


def computed_by(settings: Settings) -> list[Finding]:
    """The findings about what computes, encoder first."""
    return [finding for finding in examine(settings) if finding.found.startswith("computed by")]


@pytest.mark.slow
def test_the_runtime_is_named(tmp_path: Path) -> None:
    found = computed_by(Settings(tmp_path, threads=1))
    assert len(found) == 2 and all(finding.ok for finding in found)
    assert all("openvino 2" in finding.found and "1 stream of one thread" in finding.found for finding in found)


@pytest.mark.slow
def test_a_runtime_that_failed_is_a_fault_and_its_stand_in_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ImportError("No module named 'openvino'")

    monkeypatch.setattr("index.bert_openvino._openvino", missing)
    found = computed_by(Settings(tmp_path, threads=1))
    assert len(found) == 2 and not any(finding.ok for finding in found)
    assert all("computed by torch 2" in finding.found and "No module named" in finding.found for finding in found)
    chosen = computed_by(Settings(tmp_path, threads=1, runtime=Runtime.TORCH))
    assert len(chosen) == 2 and all(finding.ok for finding in chosen)
