"""The outside world: files that the platforms let a merchant export, and files to take back to them."""
