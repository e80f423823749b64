"""A small neural network library in pure NumPy, written to be read: every layer is an equation and its code.

It computes and returns; printing and drawing are left to the caller. This file imports nothing, so that
`python -m nnlib` can still choose the number of BLAS threads before NumPy is loaded.
"""
