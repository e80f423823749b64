"""A small neural network library in pure NumPy, written to be read: every layer is its equation and the code beside it.

It computes and returns; printing and drawing belong to whoever calls it. This file imports nothing, so that
`python -m nnlib` can still choose the number of BLAS threads before NumPy is loaded.
"""
