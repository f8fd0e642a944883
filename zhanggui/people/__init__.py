"""Staff, departments, roles and powers; signing in, sessions, personal data revealed one by one."""
