"""Documents about a derivation: LaTeX, HTML and figures. Readers of the record; no mathematics."""
