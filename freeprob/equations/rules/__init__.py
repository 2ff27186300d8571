"""Rules by which letters that are not Gaussian enter the Dyson equation; one theorem a file."""
