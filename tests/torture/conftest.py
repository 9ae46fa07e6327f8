"""How much of each torture runs, and where its figures go.

`make test` takes a small, seeded share; `make torture` is `pytest tests/torture --torture=full`. A row runs alone with
`-k kill` and the like. Figures are printed at the end, and a full run keeps them in benchmarks/results.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.results import Results
from tests.torture.size import Record, Torture
from tests.torture.warm import Farm
from tests.torture.world import World, make_world

FULL_TIMEOUT = 3 * 3600  # seconds a test; the small share keeps the limit that all tests have
_RESULTS = pytest.StashKey[Results]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("torture")
    group.addoption("--torture", choices=("small", "full"), default="small", help="How much of each torture runs.")
    group.addoption("--torture-processes", type=int, default=0, help="Processes of a full run (default: all cores).")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _is_full(config):
        for item in items:
            if item.path.parent.name == "torture":
                item.add_marker(pytest.mark.timeout(FULL_TIMEOUT))


@pytest.fixture(scope="session")
def torture(request: pytest.FixtureRequest) -> Torture:
    full = _is_full(request.config)
    processes = request.config.getoption("--torture-processes", 0) or os.cpu_count() or 1
    return Torture(request.config, full=full, processes=processes if full else 1)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Iterator[Record]:
    """`record("kill", points=312, lost=0)` keeps figures of this test under benchmarks/results/torture-kill.json."""
    results = _results(request.config)
    yield lambda part, **figures: results.add(part, request.node.nodeid, figures)


@pytest.fixture(scope="session")
def farm(torture: Torture) -> Iterator[Farm]:
    """Warm processes, for jobs that fork and are killed."""
    farm = Farm(torture.processes)
    yield farm
    farm.close()


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder in memory where there is one: what is tortured here doesn't depend on the disk being a real one."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def world(farm: Farm, scratch: Path) -> World:
    return farm.each(make_world, [scratch / "world"])[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    report = yield
    if report.when == "call" or report.failed:
        results = _results(item.config)
        results.finished(item.nodeid, report.outcome, report.duration)
        if _is_full(item.config):
            results.write()  # after each test: a full run is long, and may be cut off
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = _results(config)
    if lines := results.lines():
        terminalreporter.section(f"torture, {'full' if _is_full(config) else 'small'} size")
        for line in lines:
            terminalreporter.write_line(line)


def _is_full(config: pytest.Config) -> bool:
    return bool(config.getoption("--torture", "small") == "full")


def _results(config: pytest.Config) -> Results:
    return config.stash.setdefault(_RESULTS, Results())
