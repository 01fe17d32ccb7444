"""The networks as training on a GPU has them: the same weights and, to rounding, the same numbers, in less time.

`layout` gives an SVD network's blocks the classes of this package, `compiled` has them compiled, and `kernels` holds
what is faster in Triton than what is compiled.
"""
