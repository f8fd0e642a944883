"""The back office of the window, one file per resource. All of it wants SHOPFRONT_EDIT in the shop."""
