"""The scalar free calculus: a second route to the equations, by R- and S-transforms.

An expression that is built from free parts is read as a tree of laws, one rule a file in ``rules``. Each node of the
tree says how its R-transform follows from those of its parts, and the root gives ``m = 1/(R(-m) - z)``.
"""
