"""Laws by other packages, one module for each; run with a Python that has them, so nothing here imports freeprob.

A module holds ``LAWS``: for the name of each law that its package knows, makers of :class:`.measure.Answer` by label.
"""
