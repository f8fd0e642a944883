"""The price calculation: one pure function from a basket, a moment, offers and purse to a priced basket."""
