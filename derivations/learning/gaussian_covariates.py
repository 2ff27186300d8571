"""Gaussian covariates: the teacher sees the inputs through one feature map, the student through another.

Papers: Loureiro, Gerbelot, Cui, Goldt, Krzakala, Mezard and Zdeborova, "Learning curves of generic features maps for
realistic datasets with a teacher-student model", NeurIPS 2021: the saddle-point equations of ridge regression, for
features u of the teacher and v of the student that are jointly Gaussian; Gerace, Loureiro, Krzakala, Mezard and
Zdeborova, "Generalisation error in learning with random features and the hidden manifold model", ICML 2020: the student
has random features of latent variables.

======================================  =================================================================
the papers                              here
======================================  =================================================================
k, p, n; gamma = k/p, alpha = n/p       k, p, n (k = p for ``covariates``)
u, v with covariances Psi, Omega        ``A @ g + B @ h``, ``Omega**0.5 @ g``: Psi = A^2 + B^2
cross covariance Phi = E v u^T          ``Omega**0.5 @ A``; all of them commute, with one joint law
y = theta.u / sqrt(k), prediction v.w   ``theta``; the prediction is v.w (the paper's v.w / sqrt(p))
lambda |w|^2 / 2, loss without 1/n      ``penalty=p / n * lambda``
test error rho + q - 2 m                without the noise of the new label
======================================  =================================================================

``networks`` is a student with features erf(W x / sqrt(d)) of a teacher sign(V x / sqrt(d)), ``latent`` the same student
of a teacher that is linear in x: their covariances are those of the Gaussian equivalence, Omega = c^2 W W^T / d + c_*^2
and Phi = c b W V^T / d.
"""

import freeprob as fp

n, d, p, k = fp.sizes("n d p k")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)
eps = fp.gaussian(n)

JOINT = {("0.2", "0.7", "0.4"): "0.3", ("1", "0.9", "0.5"): "0.5", ("3.1", "0.2", "1.6"): "0.2"}
Omega, A, B = fp.commuting(p, fp.laws.joint_atoms(JOINT))
G, H, g, h, theta = fp.gaussian(p, n), fp.gaussian(p, n), fp.gaussian(p), fp.gaussian(p), fp.gaussian(p)

v, v_new = Omega**0.5 @ G, Omega**0.5 @ g
u, u_new = A @ G + B @ H, A @ g + B @ h
w = fp.ridge(v, u.T @ theta / fp.sqrt(p) + sigma * eps, penalty=p / n * lam)
covariates = fp.limit(fp.test_error(w, v_new, theta.T @ u_new / fp.sqrt(p)))

X, x, W, V, beta = fp.gaussian(d, n), fp.gaussian(d), fp.gaussian(p, d), fp.gaussian(k, d), fp.gaussian(d)
theta_k = fp.gaussian(k)
Phi = fp.erf(W @ X / fp.sqrt(d))
labels, label = (fp.sign(V @ z / fp.sqrt(d)).T @ theta_k / fp.sqrt(k) for z in (X, x))
w_networks = fp.ridge(Phi, labels + sigma * eps, penalty=p / n * lam)
networks = fp.limit(fp.test_error(w_networks, Phi.subs({X: x}), label))

w_latent = fp.ridge(Phi, X.T @ beta / fp.sqrt(d) + sigma * eps, penalty=p / n * lam)
latent = fp.limit(fp.test_error(w_latent, Phi.subs({X: x}), beta.T @ x / fp.sqrt(d)))

AT = dict(n=2.3, d=1, p=1.7, k=0.6, lambda_=0.03, sigma=0.3)

_SADDLE = "LoureiroEtAl2021, the saddle-point equations of ridge regression"
FACTS = [
    {"kind": "number", "model": "covariates", "published": "covariates", "source": _SADDLE},
    {
        "kind": "number",
        "model": "covariates",
        "at": {"n": 0.6, "sigma": 0},
        "published": "covariates",
        "source": _SADDLE,
    },
    {"kind": "number", "model": "networks", "published": "networks", "source": _SADDLE},
    {"kind": "number", "model": "networks", "at": {"p": 0.4, "k": 3}, "published": "networks", "source": _SADDLE},
    {"kind": "number", "model": "latent", "published": "latent", "source": "GeraceEtAl2020; " + _SADDLE},
]
