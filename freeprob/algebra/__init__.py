"""Exact algebra: polynomials, rational functions, series and the symbol table."""
