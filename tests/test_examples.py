"""The example scripts run, and what they print is what they promise."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from scipy.special import logsumexp, softmax

import autograph as ag
from examples import demo, logistic_regression, softmax_cross_entropy

README = Path(__file__).resolve().parent.parent / "README.md"
SCRIPTS = (
    "burgers",
    "edit_distance",
    "gauss_seidel",
    "heat",
    "logistic_regression",
    "mandelbrot",
    "nbody",
    "newton",
    "softmax_cross_entropy",
)


GRADIENTS = {
    "bundle_adjustment": "largest derivatives",
    "hand_tracking": r"angles \[0.3 0.3 0.3 0.3 0.3\]",
    "kmeans": "step 3: spread 3956.9799",
    "nested_optimisation": "step 4: mismatch 0.03",
    "pendulum": r"length 1.30, friction 0.20",
    "penalty": r"step 7: penalty 0.8843",
}
"""Scripts that show derivatives, and what they print."""


@pytest.mark.parametrize("name", GRADIENTS)
def test_script_finds_what_it_looks_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    importlib.import_module(f"examples.{name}").main()
    assert re.search(GRADIENTS[name], capsys.readouterr().out)


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_agrees_with_numpy(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    importlib.import_module(f"examples.{name}").main()
    differences = [
        float(line.split("difference")[1])
        for line in capsys.readouterr().out.splitlines()
        if " difference " in line
    ]
    assert differences
    assert max(differences) < 1e-9


def test_extreme_logits_are_finite() -> None:
    logits, targets = softmax_cross_entropy.make_extreme_inputs()
    loss, gradient = ag.value_and_grad(softmax_cross_entropy.cross_entropy)(logits, targets)
    stable = -np.mean(np.sum(targets * (logits - logsumexp(logits, axis=1)[:, None]), axis=1))
    np.testing.assert_allclose(loss, stable, rtol=1e-13)
    expected = (softmax(logits, axis=1) - targets) / len(logits)
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-15)


def test_training_reaches_the_minimum() -> None:
    inputs = logistic_regression.make_inputs()
    _, features, labels, _ = inputs
    step = ag.value_and_grad(logistic_regression.log_loss)
    fitted = logistic_regression.minimize(step, *inputs)
    by_hand = logistic_regression.minimize(logistic_regression.log_loss_gradient, *inputs)
    assert fitted.success
    assert fitted.fun == pytest.approx(by_hand.fun, rel=1e-6)
    assert logistic_regression.accuracy(fitted.x, features, labels) > 0.98


def test_demo_prints_a_table_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = demo.run(tmp_path, size=24, heat_steps=10, training_steps=20)
    assert all(row.difference is None or row.difference < 1e-9 for row in rows)
    errors = [row.gradient_error for row in rows if row.gradient_error is not None]
    assert len(errors) == 2
    assert max(errors) < 1e-6
    assert "gradient error" in capsys.readouterr().out
    for name in ("heat.png", "training.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_table_leaves_out_what_does_not_apply() -> None:
    console = Console(record=True, width=120)
    console.print(demo.make_table([demo.Row("title", None, 0.5)]))
    assert "500.000" in console.export_text()


def test_readme_examples_print_what_the_readme_says(tmp_path: Path) -> None:
    blocks = re.findall(r"```(python|text)\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert [language for language, _ in blocks] == ["python", "text"] * 2
    script = tmp_path / "example.py"
    script.write_text("".join(text for _, text in blocks[::2]), encoding="utf-8")
    finished = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(README.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout == "".join(text for _, text in blocks[1::2])
