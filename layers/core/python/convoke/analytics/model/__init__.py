"""Shapes and pure rules of analytics; import the module that is meant."""
