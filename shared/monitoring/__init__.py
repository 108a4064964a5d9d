"""How the system is, in numbers: what this process counts, and what its database can tell."""
