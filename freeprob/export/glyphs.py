"""The commands of the small LaTeX dialect that the package writes, with their character, class and width.

Widths are those of Computer Modern at design size, in em, rounded up and with the italic correction included.
"""

from __future__ import annotations

__all__ = ["ACCENTS", "ALPHABETS", "COMMANDS", "FONT_NAMES", "SPACES", "letter_width", "roman_width"]

_ITALIC = {
    "a": 0.53, "b": 0.43, "c": 0.44, "d": 0.53, "e": 0.47, "f": 0.60, "g": 0.52, "h": 0.58, "i": 0.35, "j": 0.47,
    "k": 0.56, "l": 0.32, "m": 0.88, "n": 0.61, "o": 0.49, "p": 0.51, "q": 0.49, "r": 0.48, "s": 0.47, "t": 0.37,
    "u": 0.58, "v": 0.53, "w": 0.75, "x": 0.58, "y": 0.53, "z": 0.52,
    "A": 0.75, "B": 0.81, "C": 0.79, "D": 0.86, "E": 0.80, "F": 0.79, "G": 0.79, "H": 0.92, "I": 0.52, "J": 0.66,
    "K": 0.93, "L": 0.69, "M": 1.09, "N": 0.92, "O": 0.80, "P": 0.79, "Q": 0.80, "R": 0.77, "S": 0.68, "T": 0.73,
    "U": 0.80, "V": 0.81, "W": 1.09, "X": 0.91, "Y": 0.81, "Z": 0.76,
}  # fmt: skip

_WIDE_ROMAN = {"m": 0.84, "w": 0.73, "M": 0.92, "W": 1.03}


def letter_width(character: str) -> float:
    """Return the width of a character in math italic; digits and signs are roman."""
    if character in _ITALIC:
        return _ITALIC[character]
    return 0.51 if character.isdigit() or character == "/" else 0.4 if character in "()[].,;:!|'" else 0.79


def roman_width(word: str) -> float:
    """Return an upper bound for the width of a word in roman letters."""
    return sum(_WIDE_ROMAN.get(c, 0.34 if c in " ,.;:ijl'()" else 0.79 if c.isupper() else 0.57) for c in word)


_GREEK = {
    "alpha": ("α", 0.65), "beta": ("β", 0.63), "gamma": ("γ", 0.58), "delta": ("δ", 0.49), "epsilon": ("ϵ", 0.41),
    "varepsilon": ("ε", 0.47), "zeta": ("ζ", 0.52), "eta": ("η", 0.54), "theta": ("θ", 0.50), "vartheta": ("ϑ", 0.60),
    "iota": ("ι", 0.36), "kappa": ("κ", 0.58), "lambda": ("λ", 0.59), "mu": ("μ", 0.61), "nu": ("ν", 0.56),
    "xi": ("ξ", 0.49), "pi": ("π", 0.61), "varpi": ("ϖ", 0.84), "rho": ("ρ", 0.52), "varrho": ("ϱ", 0.52),
    "sigma": ("σ", 0.61), "varsigma": ("ς", 0.45), "tau": ("τ", 0.56), "upsilon": ("υ", 0.58), "phi": ("ϕ", 0.60),
    "varphi": ("φ", 0.66), "chi": ("χ", 0.63), "psi": ("ψ", 0.69), "omega": ("ω", 0.66),
    "Gamma": ("Γ", 0.63), "Delta": ("Δ", 0.84), "Theta": ("Θ", 0.78), "Lambda": ("Λ", 0.70), "Xi": ("Ξ", 0.67),
    "Pi": ("Π", 0.75), "Sigma": ("Σ", 0.73), "Upsilon": ("Υ", 0.78), "Phi": ("Φ", 0.73), "Psi": ("Ψ", 0.78),
    "Omega": ("Ω", 0.73),
}  # fmt: skip

_ORDINARY = {
    "infty": ("∞", 1.0), "partial": ("∂", 0.59), "ell": ("ℓ", 0.42), "top": ("⊤", 0.78), "bot": ("⊥", 0.78),
    "prime": ("′", 0.28), "ast": ("∗", 0.50), "star": ("⋆", 0.50), "dagger": ("†", 0.45), "nabla": ("∇", 0.84),
    "ldots": ("…", 1.2), "cdots": ("⋯", 1.2), "dots": ("…", 1.2), "vdots": ("⋮", 0.3), "ddots": ("⋱", 1.3),
    "imath": ("ı", 0.33), "jmath": ("ȷ", 0.39), "emptyset": ("∅", 0.5), "forall": ("∀", 0.56), "exists": ("∃", 0.56),
    "Re": ("Re", 1.2), "Im": ("Im", 1.3), "#": ("#", 0.84), "%": ("%", 0.84), "&": ("&", 0.78), "_": ("_", 0.4),
    "$": ("$", 0.5), "hbar": ("ℏ", 0.58), "aleph": ("ℵ", 0.62), "mid": ("|", 0.3), "backslash": ("∖", 0.5),
}  # fmt: skip

_BINARY = {
    "cdot": ("⋅", 0.28), "times": ("×", 0.78), "otimes": ("⊗", 0.78), "oplus": ("⊕", 0.78), "odot": ("⊙", 0.78),
    "circ": ("∘", 0.50), "pm": ("±", 0.78), "mp": ("∓", 0.78), "wedge": ("∧", 0.67), "vee": ("∨", 0.67),
    "cup": ("∪", 0.67), "cap": ("∩", 0.67), "setminus": ("∖", 0.50), "boxplus": ("⊞", 0.78), "boxtimes": ("⊠", 0.78),
}  # fmt: skip

_RELATION = {
    "to": ("→", 1.0), "rightarrow": ("→", 1.0), "longrightarrow": ("⟶", 1.7), "mapsto": ("↦", 1.0), "le": ("≤", 0.78),
    "leq": ("≤", 0.78), "ge": ("≥", 0.78), "geq": ("≥", 0.78), "ne": ("≠", 0.78), "neq": ("≠", 0.78),
    "sim": ("∼", 0.78), "simeq": ("≃", 0.78), "approx": ("≈", 0.78), "equiv": ("≡", 0.78), "propto": ("∝", 0.78),
    "in": ("∈", 0.67), "notin": ("∉", 0.67), "subset": ("⊂", 0.78), "subseteq": ("⊆", 0.78), "ll": ("≪", 1.0),
    "gg": ("≫", 1.0), "leftrightarrow": ("↔", 1.0), "Rightarrow": ("⇒", 1.0), "perp": ("⊥", 0.78), "colon": (":", 0.28),
    "asymp": ("≍", 0.78), "prec": ("≺", 0.78), "succ": ("≻", 0.78), "coloneqq": ("≔", 1.06), "lt": ("<", 0.78),
    "gt": (">", 0.78),
}  # fmt: skip

_LARGE = {
    "int": ("∫", 1.0), "iint": ("∬", 1.5), "oint": ("∮", 1.0), "sum": ("∑", 1.45), "prod": ("∏", 1.28),
    "bigoplus": ("⨁", 1.6), "bigotimes": ("⨂", 1.6),
}  # fmt: skip

_FUNCTIONS = (
    "log exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan ln det dim ker max min sup inf lim arg "
    "gcd limsup liminf Pr deg"
)

_DELIMITERS = {
    "{": ("{", "open"), "}": ("}", "close"), "lbrace": ("{", "open"), "rbrace": ("}", "close"),
    "langle": ("⟨", "open"), "rangle": ("⟩", "close"), "lfloor": ("⌊", "open"), "rfloor": ("⌋", "close"),
    "lceil": ("⌈", "open"), "rceil": ("⌉", "close"), "lvert": ("|", "open"), "rvert": ("|", "close"),
    "lVert": ("‖", "open"), "rVert": ("‖", "close"), "|": ("‖", "ord"), "Vert": ("‖", "ord"), "vert": ("|", "ord"),
}  # fmt: skip

COMMANDS: dict[str, tuple[str, str, float]] = {
    **{name: (char, "ord", width) for name, (char, width) in (_GREEK | _ORDINARY).items()},
    **{name: (char, "bin", width) for name, (char, width) in _BINARY.items()},
    **{name: (char, "rel", width) for name, (char, width) in _RELATION.items()},
    **{name: (char, "large", width) for name, (char, width) in _LARGE.items()},
    **{name: (name, "function", roman_width(name)) for name in _FUNCTIONS.split()},
    **{name: (char, kind, 0.51) for name, (char, kind) in _DELIMITERS.items()},
}
"""Command name to (character, class, width)."""

SPACES = {",": 0.17, ":": 0.23, ";": 0.28, "!": -0.17, " ": 0.34, "quad": 1.0, "qquad": 2.0}
"""Spacing commands and their width."""

ACCENTS = {"overline": "‾", "bar": "¯", "hat": "^", "widehat": "^", "tilde": "~", "widetilde": "~", "dot": "˙",
           "ddot": "¨", "vec": "→", "underline": "_"}  # fmt: skip

FONT_NAMES = {"mathrm", "operatorname", "text", "mathbb", "mathcal", "mathbf", "mathit", "boldsymbol", "mathsf",
              "mathtt", "textrm", "textit", "mathfrak", "mathscr", "bm"}  # fmt: skip


def _alphabet(upper: int, lower: int, holes: dict[str, str]) -> dict[str, str]:
    letters = {chr(ord("A") + i): chr(upper + i) for i in range(26)}
    letters |= {chr(ord("a") + i): chr(lower + i) for i in range(26)}
    return letters | holes


ALPHABETS = {
    "mathbb": _alphabet(0x1D538, 0x1D552, dict(C="ℂ", H="ℍ", N="ℕ", P="ℙ", Q="ℚ", R="ℝ", Z="ℤ")),
    "mathcal": _alphabet(
        0x1D49C, 0x1D4B6, dict(B="ℬ", E="ℰ", F="ℱ", H="ℋ", I="ℐ", L="ℒ", M="ℳ", R="ℛ", e="ℯ", g="ℊ", o="ℴ")
    ),
    "mathbf": _alphabet(0x1D400, 0x1D41A, {}),
    "boldsymbol": _alphabet(0x1D468, 0x1D482, {}),
    "mathfrak": _alphabet(0x1D504, 0x1D51E, dict(C="ℭ", H="ℌ", I="ℑ", R="ℜ", Z="ℨ")),
    "mathsf": _alphabet(0x1D5A0, 0x1D5BA, {}),
    "mathtt": _alphabet(0x1D670, 0x1D68A, {}),
}
ALPHABETS["mathscr"], ALPHABETS["bm"] = ALPHABETS["mathcal"], ALPHABETS["boldsymbol"]
