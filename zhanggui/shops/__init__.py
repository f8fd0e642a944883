"""Merchants, their shops of two kinds, and every setting a shop may change."""
