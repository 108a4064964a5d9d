"""How fairly groups of people are served, told so that nobody can be singled out."""
