"""Linear pencils: realisation of rational expressions, and the meaning of entries of the inverse."""
