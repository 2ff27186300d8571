"""The conjugate kernel of a network with two hidden layers.

Z. Fan and Z. Wang, *Spectra of the conjugate kernel and neural tangent kernel for linear-width neural networks*,
NeurIPS 2020, Theorem 3.4: ``mu_l`` is the Marchenko-Pastur map with ratio ``gamma_l = n / d_l`` of
``(1 - b^2) + b^2 mu_(l-1)``, so that ``m_l(z) = m_(l-1)(w) / (s b^2)`` with ``s = 1 - gamma_l - gamma_l z m_l(z)`` and
``w = (z / s - 1 + b^2) / b^2``.

Symbols: the paper's ``d_0, d_1, d_2`` are ``d, p, q``; its normalised activation is ``tanh / sqrt(E tanh^2)``, so
``b^2 = c_1^2 / (c_1^2 + s_1^2)``. The kernel here is that of tanh itself divided by ``E tanh^2`` in the last layer.
"""
