"""The gallery as data: each file loaded once."""

import importlib.util
import re
from functools import cache, cached_property
from pathlib import Path

import mpmath
import sympy

from freeprob.derived import Derived

FOLDER = Path(__file__).parents[2] / "derivations"
FILES = sorted(FOLDER.glob("*/[!_]*.py"))
LEARNING = "learning"


def name_of(path):
    return f"{path.parent.name}/{path.stem}"


@cache
def load(path):
    spec = importlib.util.spec_from_file_location("gallery_" + name_of(path).replace("/", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def derivations_of(module):
    return {name: value for name, value in vars(module).items() if isinstance(value, Derived)}


def bibliography():
    return set(re.findall(r"^@\w+\{(\w+),", (FOLDER.parent / "freeprob/derivation/references.bib").read_text(), re.M))


def decimal(value, digits):
    """Return an mpmath number as a SymPy number."""
    return sympy.Float(mpmath.nstr(mpmath.mpf(value), digits), digits)


def values_for(derivation, values):
    """Return those values that a derivation knows."""
    known = {*derivation.known, *derivation.needs}
    return {name: value for name, value in values.items() if name in known or name.rstrip("_") in known}


class Numbers:
    """Values of the symbols of a bound law by name: sizes, parameters, and coefficients where an expression has any."""

    def __init__(self, bound, digits=40):
        self.binding, self.digits = bound.binding, digits
        self.values = {s.name: v for s, v in self.binding.values.items()}

    @cached_property
    def coefficients(self):
        with mpmath.workdps(self.digits):
            return {s.name: decimal(v, self.digits) for s, v in self.binding.coefficients(self.digits).items()}

    def __call__(self, expression, **more):
        """Return an expression with numbers for all symbols that have one."""
        expression = sympy.sympify(expression)
        table = self.values | more
        if any(s.name not in table for s in expression.free_symbols):
            table = self.coefficients | table
        return expression.subs({s: table[s.name] for s in expression.free_symbols if s.name in table})
