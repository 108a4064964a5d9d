"""Real processes broken on purpose: what was promised is looked at after each of them healed."""
