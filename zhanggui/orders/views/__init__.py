"""Pages of orders; one file per resource, the same stem as its action."""
