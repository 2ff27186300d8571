"""Average over the spectral law of a deterministic family, as a SymPy node."""

from __future__ import annotations

import sympy

__all__ = ["Average"]


class Average(sympy.Function):
    """``Average(f(t), t, H)`` is the integral of f(t) over the law H(dt).

    ``H`` is the symbol that names the law; the system holds the law itself. The class knows only what equations
    need: it is linear-agnostic, differentiates under the integral, and prints as an integral.
    """

    nargs = 3

    @classmethod
    def eval(cls, integrand, variable, law):
        """Return an integrand without the variable as it is: laws have mass 1."""
        if not integrand.has(variable):
            return integrand
        return None

    @property
    def free_symbols(self):
        """The symbols of the integrand without the variable, and the name of the law."""
        return (self.args[0].free_symbols - {self.args[1]}) | {self.args[2]}

    def integrand_map(self, function):
        """Return the average of a function of the integrand."""
        return Average(function(self.args[0]), self.args[1], self.args[2])

    def _eval_derivative(self, symbol):
        return self.integrand_map(lambda integrand: integrand.diff(symbol))

    def _latex(self, printer, exp=None):
        body = printer._print(self.args[0])
        text = rf"\int {body}\, {printer._print(self.args[2])}(d{printer._print(self.args[1])})"
        return rf"\left({text}\right)^{{{exp}}}" if exp is not None else text
