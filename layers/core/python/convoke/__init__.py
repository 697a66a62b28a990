"""The product: one package per noun, and the few things all of them stand on."""

__version__ = "0.1.0"
