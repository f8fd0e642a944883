"""Buyers as the platforms know them."""
