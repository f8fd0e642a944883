"""Orders and their lines: states, prices, payments received, marks and memos, parcels, timers."""
