"""Peers beside us: other shops' own packages, installed outside the repository, buying the same thing."""
