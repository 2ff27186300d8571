"""Equations of a pencil: the operator-valued Dyson equation, its reduction and elimination."""
