"""How a platform lays out its export: which header means what, and how a row becomes an order."""
