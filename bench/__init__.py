"""Measurements of the product, on the stand-ins of `local`: numbers for people, never a test that fails."""
