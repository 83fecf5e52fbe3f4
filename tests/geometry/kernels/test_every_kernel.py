"""Each kernel gives what its library gives, in 1,000 random trials; `python -m tests.geometry.kernels` runs 100,000."""

import pytest

pytest.importorskip("numba", reason="kernels need numba: pip install -r requirements.txt")

from tests.geometry.kernels.trials import IN_TESTS, all_trials, run


@pytest.mark.parametrize("name", all_trials())
def test_kernel_and_library_agree(name: str) -> None:
    finding = run(all_trials()[name], IN_TESTS, seed=2)
    assert finding.trials == 1_000
    assert finding.unequal == []
