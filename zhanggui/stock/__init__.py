"""Warehouses, what is on hand and what is promised, and every movement that made it so."""
