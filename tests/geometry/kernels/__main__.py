"""Compare kernels with libraries on random inputs: python -m tests.geometry.kernels --count 100000 --seed 1."""

import argparse
import sys

from tests.annotation_files import at_least_one, started
from tests.geometry.kernels.trials import all_trials, run


def main() -> None:
    """Print a row for each kernel; ends with status 1 where one gave another result than its library."""
    trials = all_trials()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=at_least_one, default=100_000, metavar="N", help="trials of each (100000)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the inputs (1)")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which kernels (all): {', '.join(trials)}")
    options = parser.parse_args()
    if unknown := set(options.names) - set(trials):
        parser.error(f"no such kernel: {', '.join(sorted(unknown))}; there are {', '.join(trials)}")
    print(f"{'kernel':24}{'trials':>9}{'unequal':>9}{'kernel, µs':>12}{'library, µs':>13}")
    failed = False
    for name in options.names or trials:
        finding = run(trials[name], options.count, options.seed)
        numbers = f"{finding.trials:9}{len(finding.unequal):9}{finding.kernel_us:12.1f}{finding.library_us:13.1f}"
        print(f"{name:24}{numbers}", flush=True)
        if finding.unequal:
            failed = True
            print(f"  unequal: trials {', '.join(map(str, finding.unequal[:10]))} of seed {options.seed}")
    sys.exit(failed)


if __name__ == "__main__":
    started(main)
