"""The rules of the scalar free calculus, one a file.

A rule is a function of an expression and the reader that returns a :class:`..part.Part`, or a
:class:`freeprob.derivation.record.Refusal` that names the hypothesis that fails.
"""
