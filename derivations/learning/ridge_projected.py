"""Ridge regression on random Gaussian projections of correlated data.

Paper: Atanasov, Zavatone-Veth and Pehlevan, "Scaling and renormalization in high-dimensional regression" (2024),
Section 6; LeJeune, Patil, Javadi, Baraniuk and Tibshirani, "Asymptotics of the sketched pseudoinverse", 2022.

======================================  =================================================================
the papers                              here
======================================  =================================================================
N samples, D inputs, N features         n, d, m
x = Sigma^(1/2) z                       columns of ``S**0.5 @ Z``; the law of the eigenvalues of S is H
F (D x N), variance 1/D                 ``F / sqrt(d)``, iid entries of variance 1
argmin |y - X F a|^2 / n + lambda|a|^2  ``fp.ridge`` with the same normalisation
======================================  =================================================================
"""

import freeprob as fp

n, d, m = fp.sizes("n d m")
lam = fp.parameters("lambda", positive=True)
sigma = fp.parameters("sigma", nonnegative=True)

S = fp.population(d, fp.laws.symbolic("H"))
Z, F, beta, eps = fp.gaussian(d, n), fp.gaussian(d, m), fp.gaussian(d), fp.gaussian(n)
z, noise = fp.gaussian(d), fp.gaussian(1)

X, x = S**0.5 @ Z, S**0.5 @ z
y = X.T @ beta / fp.sqrt(d) + sigma * eps
y_x = beta.T @ x / fp.sqrt(d) + sigma * noise
features = F.T @ X / fp.sqrt(d)
a = fp.ridge(features, y, penalty=lam)

test = fp.limit(fp.test_error(a, F.T @ x / fp.sqrt(d), y_x))
train = fp.limit(fp.train_error(a, features, y))

AT = dict(n=1.37, d=1, m=0.83, lambda_=0.021, sigma=0.3, H=fp.laws.atoms({"0.31": "0.5", "1": "0.3", "4.7": "0.2"}))

FACTS = [
    {
        "kind": "number",
        "model": "test",
        "value": "0.39564288333543601",
        "source": "AtanasovZavatoneVethPehlevan2024, at the values of AT, solved independently",
    },
    {
        "kind": "number",
        "model": "train",
        "value": "0.099533495708512142",
        "source": "AtanasovZavatoneVethPehlevan2024, at the values of AT, solved independently",
    },
]
