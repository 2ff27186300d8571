"""A weight matrix before and after training: the Marchenko-Pastur law, then the same bulk and outliers.

C. H. Martin and M. W. Mahoney, *Implicit self-regularization in deep neural networks: evidence from random matrix
theory and implications for learning*, Journal of Machine Learning Research 22 (2021), sections 3 to 5: the eigenvalues
of ``W W^T`` of small networks are a Marchenko-Pastur bulk and, after training, spikes beside it.

The spectra in ``data/`` are those of the 300 x 600 matrix between the hidden layers of a network that was trained on
handwritten digits (``data/train.py``). What is stated of them below was measured, not published: at the start the law
holds with nothing fitted; after training there are nine outliers, one fewer than classes, and the bulk without them is
described by the law with a fitted variance and ratio, which barely differ from those at the start.

Symbols: ``d / n`` is the ratio of rows to columns, ``s`` the variance of the entries of ``sqrt(n) W``.
"""

import sympy

import freeprob as fp

n, d = fp.sizes("n d")
s = fp.parameters("s", positive=True)

X = fp.gaussian(d, n)
K = s * X @ X.T / n
law = fp.spectrum(K)

AT = dict(n=2, d=1, s=1)

z, m = sympy.symbols("z m")
c = d / n

FACTS = [
    dict(
        kind="polynomial",
        value=c * s * z * m**2 + (z + (c - 1) * s) * m + 1,
        source="MarchenkoPastur1967, equation (1.14)",
    ),
    dict(
        kind="edges",
        value=[s * (1 - sympy.sqrt(c)) ** 2, s * (1 + sympy.sqrt(c)) ** 2],
        source="MarchenkoPastur1967",
    ),
    dict(
        kind="observed",
        data="data/weights_start.npy",
        value=dict(agrees=True, distance=0.0103, outliers=0),
        source="MartinMahoney2021; measured on a network of our own",
    ),
    dict(
        kind="observed",
        data="data/weights_trained.npy",
        at=dict(d=0.9805, s=1.0031),
        value=dict(agrees=True, distance=0.0368, bulk_distance=0.0098, outliers=9),
        source="MartinMahoney2021; measured on a network of our own",
    ),
]
