"""Routes: the linear pencil and the scalar free calculus give the same Stieltjes transform."""

from __future__ import annotations

import numpy as np

from ...errors import UnsupportedModel
from ..check_report import CheckLine
from ..registry import register
from ..subject import Subject

__all__ = ["routes"]

_TOLERANCE = 1e-9
_ROUTES = ("pencil", "scalar")


@register("routes", order=15, kinds=("spectrum",))
def routes(subject: Subject) -> CheckLine:
    """Derive the law by the other route and compare m(z) in the upper half plane and on the axis."""
    own = subject.derivation.route
    (name,) = (route for route in _ROUTES if route != own)
    try:
        other = subject.derivation.via(name)
    except UnsupportedModel as reason:
        return CheckLine("routes", "skipped", f"the other route does not apply. {reason}", {"route": name})
    bound = other.at(**subject.values)
    z = _places(subject)
    first, second = subject.bound.stieltjes(z), bound.stieltjes(z)
    gaps = np.abs(first - second) / np.abs(first)
    worst = int(np.argmax(gaps))
    unknowns = [len(derivation.system.unknowns) for derivation in (subject.derivation, other)]
    detail = (
        f"the {own} route ({unknowns[0]} unknowns) and the {name} route ({unknowns[1]}) agree to {gaps[worst]:.1e} at "
        f"{len(z)} points z on and off the axis"
    )
    fine = bool(gaps[worst] <= _TOLERANCE)
    if not fine:
        detail += f" (worst at z = {complex(z[worst]):.6g}), above {_TOLERANCE:.0e}"
    data = {"route": name, "gap": float(gaps[worst]), "points": len(z)}
    return CheckLine("routes", "passed" if fine else "failed", detail, data)


def _places(subject: Subject) -> np.ndarray:
    """Return points above the spectrum, inside each interval of the support, and outside on both sides."""
    anchor = subject.bound.anchor
    above = anchor.mean + anchor.width * (np.linspace(-2.5, 2.5, 7) + 0.2j)
    inside = [a + (b - a) * np.array([0.1, 0.35, 0.6, 0.9]) for a, b in subject.bound.visible_support()]
    edges = np.ravel(subject.bound.visible_support())
    outside = [edges[0] - anchor.width, edges[-1] + anchor.width] if len(edges) else []
    return np.concatenate([above, *inside, outside]).astype(complex)
