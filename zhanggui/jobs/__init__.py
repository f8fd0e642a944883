"""Long work: who started it, how far it is, what came of each row; survives a killed process."""
