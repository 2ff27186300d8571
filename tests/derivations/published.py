"""Evaluates the published facts of the learning gallery: their equations are solved here, by nothing of the package."""

from collections.abc import Mapping
from typing import Any

import mpmath
import sympy

LAM, T = sympy.Symbol("lam"), sympy.Symbol("t")
ACTIVATIONS = {"relu": lambda u: max(u, mpmath.mpf(0)), "tanh": mpmath.tanh, "sign": mpmath.sign}
ACTIVATIONS["tanh2"] = lambda u: mpmath.tanh(2 * u)


def published_number(fact: Mapping[str, Any], values: Mapping[str, Any], digits: int = 30) -> mpmath.mpf:
    """Return the number that a fact states at the given values of sizes, parameters and laws.

    A fact has ``value`` (a formula), ``let`` (abbreviations, in order) and ``solve`` (unknowns and the equations that
    vanish at them; the solution wanted is positive); ``oo`` is infinity. Formulas may use ``mean(f)``, the average of
    f(t) over the law H; for a fact with an ``activation``, ``slope`` and ``star``: E f'(x) and sqrt(E f^2 - (E f)^2 -
    (E f')^2); and for one with a ``teacher`` the same of the teacher, ``F`` and ``G``.
    """
    with mpmath.workdps(digits + 10):
        law = values.get("H")
        numbers = {k.rstrip("_"): sympy.Rational(str(v)) for k, v in values.items() if k != "H"}
        names: dict[str, Any] = {"lam": LAM, "t": T, "diff": sympy.diff}
        names |= {k: sympy.Symbol(k) for k in numbers if k != "lambda"} | {
            k: sympy.Symbol(k) for k in fact.get("solve", {})
        }
        if law is not None:
            names["mean"] = lambda f: sympy.Add(*(w * f.subs(T, x) for x, w in law.atoms.items()))
        for key, (linear, rest) in {"activation": ("slope", "star"), "teacher": ("F", "G")}.items():
            if key in fact:
                numbers |= dict(zip((linear, rest), _gaussian_moments(ACTIVATIONS[fact[key]]), strict=True))
                names |= {linear: sympy.Symbol(linear), rest: sympy.Symbol(rest)}
        for name, formula in fact.get("let", {}).items():
            names[name] = sympy.sympify(formula, locals=names)
        bind = {names["lam" if k == "lambda" else k]: v for k, v in numbers.items()}
        unknowns = [names[k] for k in fact.get("solve", {})]
        equations = [sympy.sympify(e, locals=names).subs(bind) for e in fact.get("solve", {}).values()]
        if unknowns:
            bind |= dict(zip(unknowns, _positive_root(unknowns, equations), strict=True))
        number = sympy.sympify(fact["value"], locals=names).subs(bind).evalf(digits)
        return mpmath.inf if number == sympy.oo else mpmath.mpf(number)


def _positive_root(unknowns: list[sympy.Symbol], equations: list[sympy.Expr]) -> list[mpmath.mpf]:
    residual = sympy.lambdify([unknowns], equations, "mpmath")
    for start in (1, 0.1, 3, 0.01, 10):
        logs = [mpmath.log(start)] * len(unknowns)
        try:
            root = mpmath.findroot(lambda *u: residual([mpmath.exp(x) for x in u]), logs, maxsteps=200)
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        return [mpmath.exp(x) for x in root]
    raise AssertionError(f"the published equations {equations} could not be solved")


def _gaussian_moments(f: Any) -> tuple[sympy.Float, sympy.Float]:
    def expect(g: Any) -> mpmath.mpf:
        return mpmath.quad(lambda x: g(x) * mpmath.npdf(x), [-14, -7, -3, 0, 3, 7, 14])

    mean, slope = expect(f), expect(lambda x: x * f(x))
    star = mpmath.sqrt(expect(lambda x: f(x) ** 2) - mean**2 - slope**2)
    return sympy.Float(str(slope), 25), sympy.Float(str(star), 25)
