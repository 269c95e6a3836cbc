"""Runs many random programs: `python -m tests.properties.fuzz --count 10000`.

Prints each program that behaves differently when compiled, and a summary.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, NoReturn

from tests.properties import checking
from tests.properties.changing_programs import ChangingProgramWriter
from tests.properties.interpreting import interpreting
from tests.properties.nest_programs import NestProgramWriter
from tests.properties.program_writer import ProgramWriter
from tests.properties.reducing import reduced
from tests.properties.wide_programs import WideProgramWriter

Check = Callable[[str, int], str]

BATCH = 100
"""How many programs a process runs."""

SECONDS = 60
"""Processor time that a program may take, compilation included."""

SORTS: dict[str, tuple[Callable[[int], ProgramWriter], Check]] = {
    "plain": (ProgramWriter, checking.outcome_of_text),
    "changing": (ChangingProgramWriter, checking.outcome_of_text),
    "wide": (WideProgramWriter, checking.wide_outcome_of_text),
    "nests": (NestProgramWriter, checking.outcome_of_text),
    "gradients": (
        lambda seed: ProgramWriter(seed, smooth=True),
        checking.gradient_outcome_of_text,
    ),
    "nest-gradients": (
        lambda seed: NestProgramWriter(seed, smooth=True),
        checking.gradient_outcome_of_text,
    ),
}
"""Sorts of random programs: who writes them, and how they are checked."""


class TooSlow(BaseException):
    """A program takes longer than it may; not an `Exception`, so that no program catches it."""


def stop(*_: Any) -> NoReturn:
    raise TooSlow


def judged(check: Check, text: str, seed: int) -> tuple[str, str]:
    """Return how a program fared, in a few words, and what is wrong with it."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        return check(text, seed).splitlines()[-1], ""
    except TooSlow:
        return "slow", f"takes more than {SECONDS} s"
    except Exception as error:
        return "different", f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def run(
    sort: str, reduce: bool, machine_code: bool, seeds: range
) -> tuple[Counter[str], list[int]]:
    """Run the programs of some seeds and print what goes wrong; return outcomes and wrong seeds."""
    writer, check = SORTS[sort]
    tally: Counter[str] = Counter()
    wrong: list[int] = []
    warnings.simplefilter("error")
    signal.signal(signal.SIGPROF, stop)
    with tempfile.TemporaryDirectory() as cache, nullcontext() if machine_code else interpreting():
        os.environ["AUTOGRAPH_CACHE_DIR"] = cache
        for seed in seeds:
            text = writer(seed).text()
            outcome, message = judged(check, text, seed)
            tally[outcome] += 1
            if message:
                wrong.append(seed)
                if reduce:
                    kind = message[:40]
                    text = reduced(text, lambda t: judged(check, t, seed)[1].startswith(kind))  # noqa: B023
                shown = text[text.index("def program") :]
                print(f"--- seed {seed}: {message}\n{shown}", flush=True)
    return tally, wrong


def run_all(seeds: range, workers: int, run_some: Callable[[range], Any]) -> list[int]:
    """Run the programs of all seeds, print a summary, and return the wrong ones.

    A process runs a batch and ends: what compiled functions leave in memory ends with it.
    """
    began = time.perf_counter()
    tally: Counter[str] = Counter()
    wrong: list[int] = []
    batches = [seeds[k : k + BATCH] for k in range(0, len(seeds), BATCH)]
    with multiprocessing.get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        for some, failing in pool.imap(run_some, batches):
            tally += some
            wrong += failing
    print(f"{len(seeds)} programs in {time.perf_counter() - began:.0f} s")
    for outcome, count in tally.most_common():
        print(f"{count:6} {outcome}")
    if wrong:
        print(f"failing seeds: {' '.join(map(str, wrong))}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--sort", choices=SORTS, default="plain", help="what programs")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--machine-code", action="store_true", help="compile by numba (slow)")
    parser.add_argument("--reduce", action="store_true", help="make failing programs small")
    options = parser.parse_args()
    print(f"{options.sort}:", flush=True)
    seeds = range(options.first, options.first + options.count)
    run_some = partial(run, options.sort, options.reduce, options.machine_code)
    return int(bool(run_all(seeds, options.workers, run_some)))


if __name__ == "__main__":
    raise SystemExit(main())
