"""Offers, coupons, red packets, auctions; and the one calculation that prices every basket (`pricing`)."""
