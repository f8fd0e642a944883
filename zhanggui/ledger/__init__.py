"""Double-entry books in fen; the database itself refuses a transfer that does not balance."""
