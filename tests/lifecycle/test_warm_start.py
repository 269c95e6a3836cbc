"""Processes that find their machine code in the disk cache: they run without numba and LLVM."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import multiprocessing, pickle, sys, threading
import numpy as np
import autograph as ag

@ag.compile
def smooth(u, steps, k=0.1):
    before = u.copy()
    for _ in range(steps):
        u[1:-1] += k * np.exp(u[2:] - 2 * u[1:-1] + u[:-2])
    if steps > 100:
        raise ValueError("too many")
    return np.sum(u), u[::2], before

gradient = ag.grad(lambda u: smooth(u, 2)[0])

@ag.compile
def factors(a):
    return a @ a.T

def check(function=smooth):
    u, v = np.linspace(0, 1, 50) ** 2, np.linspace(0, 1, 50) ** 2
    found, wanted = function(u, 3), smooth.__wrapped__(v, 3)
    for x, y in zip((*found, u), (*wanted, v)):
        np.testing.assert_allclose(x, y, rtol=1e-13)
    try:
        function(u, 101)
    except ValueError as error:
        assert "too many" in str(error)
    else:
        raise AssertionError
    return found[2]

def is_loaded():
    return "numba" in sys.modules or "llvmlite" in sys.modules

def in_child(connection):
    check()
    connection.send(is_loaded())
"""

#: What processes do, beside calling compiled functions for the first time.
STEPS = {
    "nothing": """
kept = check()
gradient(np.ones(9))
factors(np.eye(2))
assert is_loaded() == (mode == "cold")
""",
    "compile afterwards": """
kept = check()
assert is_loaded() == (mode == "cold")
assert ag.compile(lambda x: x + mode_number)(1) == 1 + mode_number
assert is_loaded()
check()
assert kept.sum() == (np.linspace(0, 1, 50) ** 2).sum()
""",
    "compile before": """
assert ag.compile(lambda x: x + mode_number)(1) == 1 + mode_number
check()
import numba
assert numba.njit(lambda x: x + 1)(2) == 3
check()
""",
    "import numba before": "import numba; check(); numba.njit(lambda x: 2 * x)(3); check()",
    "threads": """
wrong = []
def run():
    try:
        for _ in range(5):
            check()
    except BaseException as error:
        wrong.append(error)
threads = [threading.Thread(target=run) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not wrong and is_loaded() == (mode == "cold")
""",
    "fork": """
kept = check()
for _ in range(2):
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=in_child, args=(there,))
    process.start()
    assert here.recv() == is_loaded()
    process.join()
    assert process.exitcode == 0
assert is_loaded() == (mode == "cold")
""",
    "pickle": """
import cloudpickle
check(pickle.loads(cloudpickle.dumps(smooth)))
kept = check()
np.testing.assert_array_equal(pickle.loads(pickle.dumps(kept)), kept)
assert is_loaded() == (mode == "cold")
""",
    "matrices": """
np.testing.assert_allclose(factors(np.eye(3)), np.eye(3))
assert is_loaded() == (mode == "cold")
import numba
assert numba.njit(lambda x: x @ x)(np.eye(2)).sum() == 2
np.testing.assert_allclose(factors(np.eye(3)), np.eye(3))
""",
}


def run(step: str, mode: str, folder: Path) -> None:
    """Run a process and check that it came to its end."""
    text = f"{PROGRAM}\nmode = {mode!r}\nmode_number = {len(mode)}\n{STEPS[step]}\n"
    file = folder / "program.py"
    file.write_text(text)
    environment = {**os.environ, "AUTOGRAPH_CACHE_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(file)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which a process has left the machine code of the program."""
    made = tmp_path_factory.mktemp("cache")
    run("nothing", "cold", made)
    return made


@pytest.mark.parametrize("step", [step for step in STEPS if step != "fork" or hasattr(os, "fork")])
def test_machine_code_from_disk(step: str, folder: Path) -> None:
    run(step, "warm", folder)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: b"", lambda data: data[::-1]]
)
def test_damaged_machine_code_is_compiled_again(damage, folder: Path, tmp_path: Path) -> None:
    for entry in folder.glob("*.code"):
        (tmp_path / entry.name).write_bytes(damage(entry.read_bytes()))
    run("nothing", "cold", tmp_path)
    run("nothing", "warm", tmp_path)


COLD = """
import sys
import numpy as np
import autograph as ag

x = np.ones((3, 3))
assert ag.compile(lambda x: np.sum(x * x))(x) == 9
assert "scipy.linalg" not in sys.modules
np.testing.assert_array_equal(ag.compile(lambda x: x @ x.T)(x), x @ x.T)
"""


def test_scipy_is_imported_for_products_of_matrices_only(tmp_path: Path) -> None:
    environment = {**os.environ, "AUTOGRAPH_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    program = tmp_path / "cold.py"
    program.write_text(COLD, encoding="utf-8")
    subprocess.run([sys.executable, "-W", "error", str(program)], check=True, env=environment)
