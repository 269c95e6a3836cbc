"""A penalty chosen by the gradient of how well what is fitted with it predicts."""

import numpy as np

import autograph as ag


def cost(weights, features, labels, penalty):
    """Return the logistic loss of weights, of shape (n,), with a penalty of its logarithm."""
    margins = labels * (features @ weights)
    return np.sum(np.logaddexp(0, -margins)) + np.exp(penalty) * np.sum(weights**2)


def loss_of_penalty(penalty, features, labels, test_features, test_labels):
    """Return the loss on test data of the weights that are best with a penalty."""
    start = np.zeros(features.shape[1])
    weights = ag.minimize(cost, start, features, labels, penalty)
    return np.mean(np.logaddexp(0, -test_labels * (test_features @ weights)))


def make_inputs(samples=40, size=10):
    """Return training data, and three times as many test data, of a noisy linear classifier."""
    rng = np.random.default_rng(1)
    features = rng.normal(size=(4 * samples, size))
    noisy = features @ np.where(np.arange(size) < 3, 1.0, 0.0) + rng.normal(size=4 * samples)
    labels = np.where(noisy > 0, 1.0, -1.0)
    return features[:samples], labels[:samples], features[samples:], labels[samples:]


def main():
    """Descend to the best penalty."""
    data = make_inputs()
    step = ag.value_and_grad(loss_of_penalty)
    penalty = -4.0
    for k in range(8):
        value, slope = step(penalty, *data)
        print(f"step {k}: penalty {np.exp(penalty):.4f}, test loss {value:.6f}")
        penalty = penalty - 15 * slope


if __name__ == "__main__":
    main()
