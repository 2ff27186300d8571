"""Operations of PyTorch, one idea a file; :mod:`..registry` finds them."""
