"""Checks of derivations, generic points for eliminations, and reports."""
