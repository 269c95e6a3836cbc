"""A recurrent network with diagonal weights predicts the next character of a text."""

import numpy as np

import autograph as ag


def sigmoid(x):
    """Return the logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


def advance(gates, bias, hidden, cell, inputs):
    """Return the next hidden and cell state of one layer; all of shape (b,), gates (4, b)."""
    forget = sigmoid(inputs * gates[0] + bias[0])
    ingate = sigmoid(hidden * gates[1] + bias[1])
    outgate = sigmoid(inputs * gates[2] + bias[2])
    change = np.tanh(hidden * gates[3] + bias[3])
    cell = cell * forget + ingate * change
    return outgate * np.tanh(cell), cell


def loss(gates, biases, embedding, sequence):
    """Return the mean negative log-likelihood of each next character.

    Args:
        gates: diagonal weights, of shape (layers, 4, b).
        biases: of shape (layers, 4, b).
        embedding: scale of the inputs, scale and shift of the outputs, of shape (3, b).
        sequence: one-hot characters, of shape (n, b).
    """
    layers, _, width = gates.shape
    hidden = np.zeros((layers, width))
    cell = np.zeros((layers, width))
    total = 0.0
    for t in range(len(sequence) - 1):
        signal = sequence[t] * embedding[0]
        for k in range(layers):
            hidden[k], cell[k] = advance(gates[k], biases[k], hidden[k], cell[k], signal)
            signal = hidden[k]
        scores = signal * embedding[1] + embedding[2]
        total += np.log(np.sum(np.exp(scores))) - scores @ sequence[t + 1]
    return total / (len(sequence) - 1)


def make_inputs(characters=1024, layers=2, width=14):
    """Return random weights and a random text."""
    rng = np.random.default_rng(13)
    text = np.eye(width)[rng.integers(0, width, characters)]
    return (
        0.5 * rng.standard_normal((layers, 4, width)),
        0.5 * rng.standard_normal((layers, 4, width)),
        rng.standard_normal((3, width)),
        text,
    )


def main():
    """Train on a short random text."""
    *parameters, text = make_inputs(100)
    step = ag.value_and_grad(loss, argnums=(0, 1, 2))
    for k in range(5):
        value, gradients = step(*parameters, text)
        print(f"step {k}: loss {value:.4f}")
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= gradient


if __name__ == "__main__":
    main()
