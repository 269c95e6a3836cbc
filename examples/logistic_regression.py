"""Logistic regression on the breast-cancer data, its log-loss written as in a textbook."""

import numpy as np
import scipy.optimize
from sklearn.datasets import load_breast_cancer

import autograph as ag
from examples.compare import compare


def log_loss(weights, features, labels, penalty):
    """Return the penalised mean log-loss of `weights`, of shape (p,).

    Args:
        weights: one per feature.
        features: array of shape (n, p).
        labels: zeros and ones, as floats, of shape (n,).
        penalty: factor of the weights' squared norm.
    """
    probability = 1 / (1 + np.exp(-(features @ weights)))
    likelihood = labels * np.log(probability) + (1 - labels) * np.log(1 - probability)
    return -np.mean(likelihood) + penalty * np.sum(weights**2)


def log_loss_gradient(weights, features, labels, penalty):
    """Return the loss and its gradient, differentiated by hand as one does without autograph."""
    probability = 1 / (1 + np.exp(-(features @ weights)))
    likelihood = labels * np.log(probability) + (1 - labels) * np.log(1 - probability)
    loss = -np.mean(likelihood) + penalty * np.sum(weights**2)
    gradient = features.T @ (probability - labels) / len(labels) + 2 * penalty * weights
    return loss, gradient


def train(step, weights, features, labels, penalty, rate=1.0, steps=300, progress=range):
    """Descend along the gradient; return the weights and the loss before each step."""
    losses = []
    for _ in progress(steps):
        loss, gradient = step(weights, features, labels, penalty)
        weights = weights - rate * gradient
        losses.append(float(loss))
    return weights, losses


def minimize(step, weights, features, labels, penalty):
    """Hand the loss and its gradient to SciPy's quasi-Newton method."""
    data = (features, labels, penalty)
    return scipy.optimize.minimize(step, weights, args=data, jac=True, method="L-BFGS-B")


def accuracy(weights, features, labels):
    """Return the share of samples classified as labelled."""
    return float(np.mean((features @ weights > 0) == (labels > 0.5)))


def make_inputs(size=None):
    """Return zero weights, the first `size` samples (all if None) standardised, and a penalty."""
    features, labels = load_breast_cancer(return_X_y=True)
    features = (features - features.mean(axis=0)) / features.std(axis=0)
    features = np.hstack([features, np.ones((len(features), 1))])[:size]
    weights = np.zeros(features.shape[1])
    return weights, np.ascontiguousarray(features), labels[:size].astype(float), 1e-3


def main():
    """Compare plain and compiled losses and gradients, and train by descent and by SciPy."""
    inputs = make_inputs()
    step = ag.value_and_grad(log_loss)
    compare("log-loss", log_loss, ag.compile(log_loss), inputs)
    compare("log-loss and gradient", log_loss_gradient, step, inputs)
    weights, losses = train(step, *inputs)
    fitted = minimize(step, *inputs)
    _, features, labels, _ = inputs
    print(f"descent: loss {losses[-1]:.4f}, accuracy {accuracy(weights, features, labels):.3f}")
    print(f"scipy:   loss {fitted.fun:.4f}, accuracy {accuracy(fitted.x, features, labels):.3f}")


if __name__ == "__main__":
    main()
