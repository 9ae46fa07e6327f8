"""Options first, then the environment, then defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.errors import UsageError
from index.bert import Runtime
from qa.settings import SelectorName, read_settings


def test_options_come_before_the_environment() -> None:
    environment = {"ONRECORD_DATA": "/from/environment", "ONRECORD_THREADS": "2"}
    assert read_settings(environment).data == Path("/from/environment")
    assert read_settings(environment).threads == 2
    assert read_settings(environment, data="/given").data == Path("/given")


def test_a_runtime_can_be_forced() -> None:
    assert read_settings({"ONRECORD_RUNTIME": "torch"}).runtime is Runtime.TORCH


def test_defaults() -> None:
    settings = read_settings({})
    assert settings.data.name == "onrecord"
    assert (settings.encoder, settings.selector, settings.answerer) == (
        "all-MiniLM-L6-v2",
        SelectorName.READER,
        "extractive",
    )
    assert settings.runtime is Runtime.AUTO


@pytest.mark.parametrize(
    "environment",
    [
        {"ONRECORD_THREADS": "0"},
        {"ONRECORD_THREADS": "many"},
        {"ONRECORD_SELECTOR": "x"},
        {"ONRECORD_RUNTIME": "tpu"},
    ],
)
def test_what_cannot_be_used_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        read_settings(environment)
