"""What buyers see: shop pages and their decoration, products, cart, checkout, their orders."""
