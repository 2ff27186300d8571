"""Architectures of networks and kernels: one of each kind that the language can say, with the sizes they share.

An entry of ``NETWORKS`` makes a self-adjoint matrix of the real network: nonlinear, with all its weights. Sizes are
multiples of 4, so that a quarter of each has the same ratios.
"""

import sympy

import freeprob as fp

n, d, p, q, r = fp.sizes("n d p q r")
SIZES = {"n": 720, "d": 600, "p": 660, "q": 480, "r": 840}
PARAMETERS = {"sigma_w": 1.4, "sigma_b": 0.6}

sigma_w, sigma_b = fp.parameters("sigma_w sigma_b", positive=True)
t, u, v, w = sympy.symbols("t u v w")
one = fp.ones(n).T
X = fp.gaussian(d, n)
W, V, W2, V2, W3 = fp.gaussian(p, d), fp.gaussian(p, d), fp.gaussian(q, p), fp.gaussian(q, p), fp.gaussian(r, q)
U, b, mean = fp.gaussian(p, p), fp.gaussian(p), fp.gaussian(d)
H, G, K = W @ X / fp.sqrt(d), V @ X / fp.sqrt(d), fp.gaussian(p, d) @ X / fp.sqrt(d)


def bump(h):
    """Return the second derivative of the loss 1 - exp(-h^2/2)."""
    return fp.entrywise((1 - t**2) * sympy.exp(-(t**2) / 2), h)


def gram(features, width=p):
    """Return the conjugate kernel of some features."""
    return features.T @ features / width


def layer(f, weights, below, width):
    """Return f(W A / sqrt(width))."""
    return f(weights @ below / fp.sqrt(width))


def second(f, g):
    """Return two layers of widths p and q."""
    return layer(g, W2, f(H), p)


def gate(below, f, g):
    """Return f(W2 A) o g(V2 A) on top of p features, width q."""
    return fp.hadamard(layer(f, W2, below, p), layer(g, V2, below, p))


def pooled(f, patches):
    """Return the mean of f(W X_i) over independent patches of each sample, one filter bank for all."""
    parts = [layer(f, W, fp.gaussian(d, n), d) for _ in range(patches)]
    return sum(parts[1:], parts[0]) / patches


def dense(f):
    """Return the Gram matrix of all layers of a network in which each layer sees all layers below it."""
    F1 = f(H)
    F2 = f((W2 @ F1 / fp.sqrt(p) + fp.gaussian(q, d) @ X / fp.sqrt(d)) / fp.sqrt(2))
    return (X.T @ X + F1.T @ F1 + F2.T @ F2) / (d + p + q)


def mixed(one, two, three):
    """Return features of three kinds, with masks that are independent."""
    rest = fp.identity(p) - P
    return P @ one + rest @ (P2 @ two + (fp.identity(p) - P2) @ three)


def two_kinds():
    """Return features of two kinds."""
    return P @ fp.relu(H) + (fp.identity(p) - P) @ fp.tanh(H)


def tangent_kernel(*activations):
    """Return the tangent kernel of a network of widths p, q."""
    signal, below = X, d
    for f, weights, width in zip(activations, (W, W2, W3), (p, q, r), strict=False):
        signal, below = layer(f, weights, signal, below), width
    return fp.ntk(fp.gaussian(below).T @ signal / fp.sqrt(below), X)


def tangent_kernel_of_blocks(f, norm):
    """Return the tangent kernel of two residual blocks of two weights, normalised before each and at the end."""
    signal = layer(lambda h: h, W, X, d)
    for _ in range(2):
        inner = f(fp.gaussian(p, p) @ norm(signal) / fp.sqrt(p))
        signal = signal + fp.gaussian(p, p) @ inner / (2 * fp.sqrt(p))
    return fp.ntk(b.T @ norm(signal) / fp.sqrt(p), X)


def fisher_information():
    """Return the dual of the Fisher information of a network with one hidden layer, weights of variance 1 / width."""
    network = b.T @ fp.tanh(H) / fp.sqrt(p)
    return (p * fp.ntk(network, X, weights=[b]) + d * fp.ntk(network, X, weights=[W])) / n


def jacobian(step, depth, width=p):
    """Return J^T J of a network of equal blocks."""
    source = signal = fp.gaussian(width)
    for _ in range(depth):
        signal = step(signal)
    J = fp.jacobian(signal, source)
    return J.T @ J


def fully_connected():
    """Return J^T J of a network with three widths."""
    x = fp.gaussian(d)
    signal = layer(fp.relu, W3, layer(fp.tanh, W2, layer(fp.relu, W, x, d), p), q)
    J = fp.jacobian(signal, x)
    return J.T @ J


def gaussian_weights(width=p):
    """Return new square weights."""
    return fp.gaussian(width, width) / fp.sqrt(width)


def off_diagonal_kernel(function, matrix):
    """Return the kernel matrix of inner products at the scale of their fluctuations."""
    return fp.off_diagonal(fp.entrywise(function, matrix)) / fp.sqrt(n)


bonds = fp.bonds(p, n, keep=0.7)
P, P2, Q = fp.mask(p, keep=0.6), fp.mask(p, keep=0.3), fp.mask(q, keep=0.5)
slopes = fp.diagonal(p, fp.laws.atoms({0: "1/4", 1: "1/4", 3: "1/2"}))
S = fp.population(d, fp.laws.atoms({"1/2": "1/2", 2: "1/2"}))
classes = fp.block([[X + mean @ one, 2 * fp.gaussian(d, n)]])
square, other = fp.gaussian(n, n), fp.gaussian(n, n)

NETWORKS = {
    "relu": lambda: gram(fp.relu(H)),
    "tanh, the other side": lambda: fp.tanh(H) @ fp.tanh(H).T / n,
    "abs, no linear part": lambda: gram(fp.abs(H)),
    "sign": lambda: gram(fp.sign(H)),
    "sigmoid": lambda: gram(fp.sigmoid(2 * H)),
    "gelu": lambda: gram(fp.gelu(H)),
    "coinciding widths": lambda: gram(fp.tanh(square @ other / fp.sqrt(n)), n),
    "coinciding widths, depth 2": lambda: gram(layer(fp.erf, other, layer(fp.sin, square, fp.gaussian(n, n), n), n), n),
    "random bias": lambda: gram(fp.tanh(H + b @ one)),
    "random bias, relu": lambda: gram(fp.relu(H + b @ one / 2)),
    "constant bias": lambda: gram(fp.tanh(H + fp.ones(p) @ one)),
    "variances as parameters": lambda: gram(fp.tanh(sigma_w * H + sigma_b * b @ one)),
    "orthogonal weights": lambda: gram(fp.relu(fp.haar(p) @ fp.gaussian(p, n))),
    "orthogonal features": lambda: gram(fp.tanh(fp.sqrt(r / d) * fp.haar(r, d) @ X), r),
    "orthogonal, depth 2": lambda: gram(fp.tanh(fp.haar(p) @ fp.tanh(H))),
    "orthogonal, narrower layer": lambda: gram(fp.tanh(fp.haar(p, q).T @ fp.relu(H)), q),
    "skip connection": lambda: gram(H + fp.tanh(U @ fp.tanh(H) / fp.sqrt(p) + H)),
    "residual blocks": lambda: gram((F := H + layer(fp.sin, U, H, p)) + layer(fp.tanh, fp.gaussian(p, p), F, p)),
    "dense connections": lambda: dense(fp.tanh),
    "dense connections, relu": lambda: dense(fp.relu),
    "two functions of one": lambda: gram(fp.tanh(H) + fp.relu(H)),
    "correlated pre-activations": lambda: gram(fp.tanh(H) + fp.relu(H + G)),
    "bilinear": lambda: gram(fp.hadamard(H, G)),
    "gated linear unit": lambda: gram(fp.hadamard(H, fp.sigmoid(G))),
    "gated, swish": lambda: gram(fp.hadamard(fp.relu(H), fp.silu(G))),
    "gate above a layer": lambda: gram(gate(fp.tanh(H), fp.tanh, fp.silu), q),
    "gate above relu": lambda: gram(gate(fp.relu(H), lambda h: h, fp.sigmoid), q),
    "gate of three": lambda: gram(fp.entrywise(u * sympy.tanh(v) + sympy.Max(w, 0), H, G, K)),
    "maxout": lambda: gram(fp.entrywise(sympy.Max(u, v), H, G)),
    "masked neurons": lambda: gram(P @ fp.relu(H)),
    "masked neurons, depth 2": lambda: gram(Q @ layer(fp.tanh, W2, P @ fp.erf(H), p), q),
    "diluted weights": lambda: gram(fp.tanh(fp.hadamard(fp.bonds(p, d, keep=0.4), W) @ X / fp.sqrt(d))),
    "dropout below layer norm": lambda: gram(layer(fp.tanh, W2, fp.layer_norm(fp.hadamard(bonds, fp.gelu(H))), p), q),
    "average pooling, 2 patches": lambda: gram(pooled(fp.tanh, 2)),
    "average pooling, 4 patches": lambda: gram(pooled(fp.relu, 4)),
    "average pooling below a layer": lambda: gram(layer(fp.tanh, W2, pooled(fp.relu, 3), p), q),
    "mixture of activations": lambda: gram(two_kinds()),
    "mixture of three, depth 2": lambda: gram(layer(fp.tanh, W2, mixed(fp.relu(H), fp.tanh(H), fp.sin(H)), p), q),
    "neurons of three scales": lambda: gram(fp.sigmoid(slopes @ H)),
    "samples of two scales": lambda: gram(fp.tanh(H @ fp.diagonal(n, fp.laws.atoms({"1/2": "1/2", 2: "1/2"})))),
    "data with covariance": lambda: gram(fp.tanh(W @ S**0.5 @ X / fp.sqrt(d))),
    "data with a mean": lambda: gram(fp.relu(W @ (X + mean @ one) / fp.sqrt(d))),
    "conjugate kernel, depth 2": lambda: gram(second(fp.sin, fp.tanh), q),
    "conjugate kernel, relu on relu": lambda: gram(second(fp.relu, fp.relu), q),
    "conjugate kernel, depth 3": lambda: gram(layer(fp.hard_tanh, W3, second(fp.sin, fp.tanh), q), r),
    "tangent kernel": lambda: tangent_kernel(fp.relu),
    "tangent kernel, depth 2": lambda: tangent_kernel(fp.tanh, fp.sin),
    "tangent kernel, relu, depth 3": lambda: tangent_kernel(fp.relu, fp.relu, fp.relu),
    "tangent kernel, gate": lambda: fp.ntk(b.T @ fp.hadamard(H, fp.sigmoid(G)) / fp.sqrt(p), X),
    "tangent kernel, mixture": lambda: fp.ntk(b.T @ two_kinds() / fp.sqrt(p), X),
    "tangent kernel, two residual blocks": lambda: tangent_kernel_of_blocks(fp.tanh, lambda h: h),
    "tangent kernel, normalised blocks": lambda: tangent_kernel_of_blocks(fp.relu, fp.layer_norm),
    "Fisher information": fisher_information,
    "Hessian of a loss": lambda: X @ fp.diag(bump(X.T @ mean / fp.sqrt(d))) @ X.T / n,
    "inner-product kernel": lambda: off_diagonal_kernel(t**3 - t, X.T @ X / fp.sqrt(d)),
    "inner-product kernel, sign": lambda: off_diagonal_kernel(sympy.sign(t), X.T @ X / fp.sqrt(d)),
    "inner-product kernel, quadratic": lambda: off_diagonal_kernel(t**2 - 1, X.T @ X / fp.sqrt(d)),
    "distance kernel": lambda: fp.entrywise(sympy.exp(-t / 2), fp.squared_distances(X) / d),
    "distance kernel of features": lambda: fp.entrywise(sympy.exp(-t / 2), fp.squared_distances(fp.tanh(H)) / p),
    "kernel of features": lambda: fp.entrywise((1 + t) ** 2, gram(fp.relu(H))),
    "kernel of two classes": lambda: fp.entrywise(sympy.exp(t / 4), classes.T @ classes / d),
    "kernel of features of two classes": lambda: fp.entrywise(sympy.exp(t / 2), gram(layer(fp.relu, W, classes, d))),
    "product of kernels": lambda: fp.hadamard(gram(fp.relu(H)), X.T @ X / d),
    "centred kernel": lambda: fp.centering(n) @ gram(fp.relu(H)) @ fp.centering(n),
    "Jacobian, Gaussian": lambda: jacobian(lambda h: fp.relu(sympy.sqrt(2) * gaussian_weights() @ h), 3),
    "Jacobian, orthogonal": lambda: jacobian(lambda h: fp.hard_tanh(fp.haar(p) @ h), 3),
    "Jacobian, residual": lambda: jacobian(lambda h: h + gaussian_weights() @ fp.relu(gaussian_weights() @ h) / 2, 3),
    "Jacobian, normalised": lambda: jacobian(lambda h: fp.relu(fp.layer_norm(gaussian_weights() @ h)), 3),
    "Jacobian, different widths": fully_connected,
}  # fmt: skip
