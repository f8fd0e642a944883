"""Products and SKUs with the seller's own codes."""
