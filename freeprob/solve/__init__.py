"""Numbers: laws and values at given parameters, their edges, atoms, moments and certificates."""
