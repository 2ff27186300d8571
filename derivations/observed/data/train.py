"""Train two small networks on handwritten digits and write the spectra of this folder.

The data are the 1797 digits of 8 x 8 pixels of scikit-learn (E. Alpaydin and C. Kaynak, *Optical Recognition of
Handwritten Digits*, UCI Machine Learning Repository, 1998). Needs NumPy and scikit-learn; takes a few minutes.

    python derivations/observed/data/train.py

- ``weights_start.npy``, ``weights_trained.npy``: eigenvalues of ``W W^T`` for the 300 x 600 matrix W between the
  hidden layers of a network 64 - 600 - 300 - 10 (tanh, cross-entropy), before and after training.
- ``hessian_start.npy``, ``hessian_trained.npy``: eigenvalues of the exact Hessian of the mean cross-entropy of all
  digits, for a network 64 - 16 - 10 (tanh) with 1210 weights and biases, before and after training. The Hessian is made
  of Hessian-vector products (B. A. Pearlmutter, Neural Computation 6 (1994)) and checked against differences of
  gradients.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def digits():
    """Return pixels, centred, of variance 1 on average, as columns, and one-hot labels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    pixels = data.data - data.data.mean(axis=0)
    return (pixels / pixels.std()).T, np.eye(10)[data.target].T


def initial(widths, rng):
    """Return Gaussian weights of variance 1 / inputs and zero biases, layer by layer."""
    return [(rng.standard_normal((b, a)) / np.sqrt(a), np.zeros((b, 1))) for a, b in pairwise(widths)]


def softmax(h):
    """Return the probabilities of the classes."""
    e = np.exp(h - h.max(axis=0))
    return e / e.sum(axis=0)


def loss_and_gradient(layers, x, y):
    """Return the mean cross-entropy and its gradient by backpropagation."""
    hidden = [x]
    for w, b in layers[:-1]:
        hidden.append(np.tanh(w @ hidden[-1] + b))
    w, b = layers[-1]
    p = softmax(w @ hidden[-1] + b)
    loss = -np.mean(np.log(np.maximum((p * y).sum(axis=0), 1e-300)))
    delta, gradient = (p - y) / x.shape[1], []
    for k in reversed(range(len(layers))):
        gradient.append((delta @ hidden[k].T, delta.sum(axis=1, keepdims=True)))
        if k:
            delta = (layers[k][0].T @ delta) * (1 - hidden[k] ** 2)
    return loss, gradient[::-1]


def train(layers, x, y, rate, momentum, steps, batch, rng):
    """Train by stochastic gradient descent with momentum."""
    speed = [(0 * w, 0 * b) for w, b in layers]
    for _ in range(steps):
        some = rng.choice(x.shape[1], batch, replace=False) if batch < x.shape[1] else slice(None)
        _, gradient = loss_and_gradient(layers, x[:, some], y[:, some])
        speed = [
            (momentum * v - rate * g, momentum * c - rate * h) for (v, c), (g, h) in zip(speed, gradient, strict=True)
        ]
        layers = [(w + v, b + c) for (w, b), (v, c) in zip(layers, speed, strict=True)]
    return layers


def flat(layers):
    """Return all weights and biases as one vector."""
    return np.concatenate([a.ravel() for pair in layers for a in pair])


def hessian(layers, x, y):
    """Return the Hessian of the mean cross-entropy of a network with one hidden layer, row by row."""
    (w, b), (v, c) = layers
    h = np.tanh(w @ x + b)
    slope = 1 - h**2
    p = softmax(v @ h + c)
    delta = (p - y) / x.shape[1]
    back = v.T @ delta
    size = flat(layers).size
    rows = np.empty((size, size))
    cuts = np.cumsum([w.size, b.size, v.size])
    for k in range(size):
        parts = np.split(np.eye(1, size, k)[0], cuts)
        dw, db, dv, dc = (a.reshape(like.shape) for a, like in zip(parts, (w, b, v, c), strict=True))
        dh = slope * (dw @ x + db)
        do = dv @ h + v @ dh + dc
        ddelta = p * (do - (p * do).sum(axis=0)) / x.shape[1]
        dback = dv.T @ delta + v.T @ ddelta
        inner = dback * slope - 2 * back * h * dh
        rows[k] = flat(
            [
                (inner @ x.T, inner.sum(axis=1, keepdims=True)),
                (ddelta @ h.T + delta @ dh.T, ddelta.sum(axis=1, keepdims=True)),
            ]
        )
    return rows


def checked_spectrum(layers, x, y):
    """Return the eigenvalues of the Hessian, after a comparison of some products with differences of gradients."""
    matrix = hessian(layers, x, y)
    assert np.abs(matrix - matrix.T).max() < 1e-13
    rng, step = np.random.default_rng(1), 1e-5
    for _ in range(5):
        direction = initial([x.shape[0], layers[0][0].shape[0], 10], rng)
        ahead, behind = (
            flat(
                loss_and_gradient(
                    [(w + s * dw, b + s * db) for (w, b), (dw, db) in zip(layers, direction, strict=True)], x, y
                )[1]
            )
            for s in (step, -step)
        )
        product = matrix @ flat(direction)
        error = np.abs((ahead - behind) / (2 * step) - product).max() / np.abs(product).max()
        assert error < 1e-7, error
    return np.linalg.eigvalsh((matrix + matrix.T) / 2)


def accuracy(layers, x, y):
    """Return the fraction of digits that are recognised."""
    for w, b in layers[:-1]:
        x = np.tanh(w @ x + b)
    return np.mean((layers[-1][0] @ x + layers[-1][1]).argmax(axis=0) == y.argmax(axis=0))


def main():
    """Write the four spectra."""
    x, y = digits()
    rng = np.random.default_rng(0)
    layers = initial([64, 600, 300, 10], rng)
    for name in ("start", "trained"):
        w = layers[1][0]  # entries of variance 1 / 600 at the start
        np.save(HERE / f"weights_{name}.npy", np.linalg.eigvalsh(w @ w.T))
        print(f"weights, {name}: loss {loss_and_gradient(layers, x, y)[0]:.4f}, accuracy {accuracy(layers, x, y):.4f}")
        layers = train(layers, x, y, rate=0.1, momentum=0.9, steps=2000, batch=100, rng=rng)
    layers = initial([64, 16, 10], rng)
    for name in ("start", "trained"):
        np.save(HERE / f"hessian_{name}.npy", checked_spectrum(layers, x, y))
        print(f"Hessian, {name}: loss {loss_and_gradient(layers, x, y)[0]:.4f}, accuracy {accuracy(layers, x, y):.4f}")
        layers = train(layers, x, y, rate=0.2, momentum=0.9, steps=300, batch=x.shape[1], rng=rng)


if __name__ == "__main__":
    main()
