"""Observed spectra: eigenvalues compared with a limiting law, and parameters of a law estimated from them."""
