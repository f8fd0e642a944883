"""Carriers, freight tables and quotes: what it costs to send a parcel, with the rule behind every line."""
