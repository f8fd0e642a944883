"""The goods pages of the back office; one file per resource."""
