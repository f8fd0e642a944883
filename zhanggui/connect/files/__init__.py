"""Files as bytes and cells: encodings, text tables, workbooks, the vault they lie in, and writing them."""
