"""Runs many random programs: `python -m tests.properties.fuzz --count 10000`.

Prints each program that behaves differently when compiled, and a summary.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import warnings
from collections import Counter
from contextlib import nullcontext

from tests.properties.changing_programs import ChangingProgramWriter
from tests.properties.checking import changing_outcome_of, gradient_outcome_of, outcome_of
from tests.properties.interpreting import interpreting
from tests.properties.program_writer import ProgramWriter


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--gradients", action="store_true", help="check gradients instead")
    parser.add_argument("--changing", action="store_true", help="let variables change their types")
    parser.add_argument("--machine-code", action="store_true", help="compile by numba (slow)")
    options = parser.parse_args()
    warnings.simplefilter("error")
    check = changing_outcome_of if options.changing else outcome_of
    check = gradient_outcome_of if options.gradients else check
    tally: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as cache,
        nullcontext() if options.machine_code else interpreting(),
    ):
        os.environ["AUTOGRAPH_CACHE_DIR"] = cache
        for seed in range(options.first, options.first + options.count):
            try:
                outcome = check(seed)
            except Exception as error:
                outcome = "different"
                writer = ProgramWriter(seed, smooth=options.gradients)
                program = (ChangingProgramWriter(seed) if options.changing else writer).text()
                print(f"--- seed {seed}: {type(error).__name__}: {error}", flush=True)
                print(program[program.index("def program") :], flush=True)
            tally[outcome.splitlines()[-1]] += 1
    for outcome, count in tally.most_common():
        print(f"{count:6} {outcome}")
    return int(tally["different"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
