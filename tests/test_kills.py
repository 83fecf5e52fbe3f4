"""A few kills at random moments; `make kills` does a hundred."""

import random

import pytest

from tests.kills import SCENARIOS, kills


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_gets_over_a_kill(name: str) -> None:
    if name == "COCO-WAN":
        pytest.importorskip("PIL", reason="COCO-WAN needs pillow: pip install -r requirements-wan.txt")
    assert list(kills(name, 1, random.Random())) == []
