"""The rules of accompanying a pair: its journey, its goals, its roadmap."""
