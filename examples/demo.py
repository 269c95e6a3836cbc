"""What `make demo` runs: training and diffusion, measured against NumPy, with pictures."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import autograph as ag
from examples import heat, logistic_regression
from examples.compare import Arguments, best_time, difference, fresh
from examples.differences import difference_gradient, directional_difference

mpl.use("Agg")

from matplotlib import pyplot as plt


@dataclass(frozen=True)
class Row:
    """One line of the table; what does not apply is None."""

    title: str
    plain_time: float | None
    compiled_time: float
    difference: float | None = None
    gradient_error: float | None = None


def measure(
    title: str, plain: Callable[..., Any], compiled: Callable[..., Any], arguments: Arguments
) -> Row:
    """Time both and compare what they return and leave in their arguments."""
    plain_arguments, compiled_arguments = fresh(arguments), fresh(arguments)
    expected, found = plain(*plain_arguments), compiled(*compiled_arguments)
    error = max(difference(expected, found), difference(plain_arguments, compiled_arguments))
    return Row(title, best_time(plain, arguments), best_time(compiled, arguments), error)


def diffuse(size: int, steps: int) -> tuple[list[Row], np.ndarray, np.ndarray]:
    """Run the heat program and its gradient; return rows, the start, and the final field."""
    compiled = ag.compile(heat.heat)
    start, steps, k = heat.make_inputs(size, steps)
    rows = [measure(f"heat {size}x{size}, {steps} steps", heat.heat, compiled, (start, steps, k))]
    gradient = ag.grad(heat.misfit, argnums=(0, 1))
    inputs = heat.make_misfit_inputs(size, steps)
    by_start, by_k = gradient(*inputs)
    direction = np.random.default_rng(0).standard_normal(start.shape)
    error = max(
        difference(
            directional_difference(heat.misfit, inputs, 0, direction, 1e-3),
            np.vdot(by_start, direction),
        ),
        difference(directional_difference(heat.misfit, inputs, 1, 1.0, 1e-4), by_k),
    )
    seconds = best_time(gradient, inputs)
    rows.append(Row("gradient of heat", None, seconds, gradient_error=error))
    return rows, start, compiled(start.copy(), steps, k)


def learn(steps: int, progress: Progress) -> tuple[list[Row], list[float], list[str]]:
    """Train on the breast-cancer data; return rows, the loss curve, and a summary."""
    example = logistic_regression
    inputs = example.make_inputs()
    _, features, labels, _ = inputs
    step = ag.value_and_grad(example.log_loss)
    rows = [measure("log-loss and gradient", example.log_loss_gradient, step, inputs)]
    rng = np.random.default_rng(0)
    nearby = (0.3 * rng.standard_normal(features.shape[1]), *inputs[1:])
    error = difference(difference_gradient(example.log_loss, nearby, 0), step(*nearby)[1])
    rows[0] = Row(
        rows[0].title, rows[0].plain_time, rows[0].compiled_time, rows[0].difference, error
    )

    def shown(count: int) -> Iterator[int]:
        yield from progress.track(range(count), description="training")

    by_hand = partial(example.train, example.log_loss_gradient, steps=steps)
    compiled = partial(example.train, step, steps=steps)
    plain_weights, _ = by_hand(*inputs)
    weights, losses = compiled(*inputs)
    example.train(step, *inputs, steps=steps, progress=shown)
    rows.append(
        Row(
            f"training, {steps} steps",
            best_time(by_hand, inputs),
            best_time(compiled, inputs),
            difference(plain_weights, weights),
        )
    )
    fitted = example.minimize(step, *inputs)
    summary = [
        f"gradient descent: loss {losses[-1]:.5f}, "
        f"accuracy {example.accuracy(weights, features, labels):.4f}",
        f"scipy.optimize.minimize(jac=True): loss {fitted.fun:.5f} after {fitted.nit} iterations, "
        f"accuracy {example.accuracy(fitted.x, features, labels):.4f}",
    ]
    return rows, losses, summary


def make_table(rows: list[Row]) -> Table:
    """Lay the rows out."""

    def milliseconds(seconds: float | None) -> str:
        return "" if seconds is None else f"{seconds * 1e3:.3f}"

    def exponent(value: float | None) -> str:
        return "" if value is None else f"{value:.1e}"

    table = Table(title="plain NumPy and autograph")
    table.add_column("program", no_wrap=True)
    for heading in ("NumPy\nms", "compiled\nms", "ratio", "difference", "gradient\nerror"):
        table.add_column(heading, justify="right")
    for row in rows:
        ratio = "" if row.plain_time is None else f"{row.plain_time / row.compiled_time:.1f}x"
        table.add_row(
            row.title,
            milliseconds(row.plain_time),
            milliseconds(row.compiled_time),
            ratio,
            exponent(row.difference),
            exponent(row.gradient_error),
        )
    return table


def draw_heat(start: np.ndarray, final: np.ndarray, path: Path) -> None:
    """Draw the field before and after."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    for axis, field, title in zip(axes, (start, final), ("start", "end"), strict=True):
        image = axis.imshow(field, cmap="inferno", vmin=0.0, vmax=1.0)
        axis.set_title(title)
    figure.colorbar(image, ax=axes, label="temperature")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_losses(losses: list[float], path: Path) -> None:
    """Draw the training curve."""
    figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
    axis.semilogy(losses)
    axis.set_xlabel("step of gradient descent")
    axis.set_ylabel("penalised log-loss")
    figure.savefig(path, dpi=120)
    plt.close(figure)


def run(output: Path, size: int, heat_steps: int, training_steps: int) -> list[Row]:
    """Run both programs, print what was found, and write the pictures into `output`."""
    console = Console()
    output.mkdir(parents=True, exist_ok=True)
    with Progress(console=console) as progress:
        stages = progress.add_task("heat diffusion", total=3)
        heat_rows, start, final = diffuse(size, heat_steps)
        progress.update(stages, advance=1, description="logistic regression")
        learning_rows, losses, summary = learn(training_steps, progress)
        progress.update(stages, advance=1, description="pictures")
        draw_heat(start, final, output / "heat.png")
        draw_losses(losses, output / "training.png")
        progress.update(stages, advance=1, description="done")
    rows = heat_rows + learning_rows
    console.print(make_table(rows))
    console.print("difference: of results and mutated arguments, relative to the largest value")
    console.print("gradient error: against central differences of the plain program")
    for line in summary:
        console.print(line)
    console.print(f"pictures: {output / 'heat.png'}, {output / 'training.png'}")
    return rows


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("demo-output"))
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--heat-steps", type=int, default=200)
    parser.add_argument("--training-steps", type=int, default=1000)
    options = parser.parse_args()
    run(options.output, options.size, options.heat_steps, options.training_steps)


if __name__ == "__main__":
    main()
