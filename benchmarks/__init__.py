"""nnlib beside the libraries that people would otherwise pick. Nothing here is part of the library or of its tests."""
