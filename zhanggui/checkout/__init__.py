"""Baskets of our own shops: pricing them, placing them as orders, and what was paid for them."""
