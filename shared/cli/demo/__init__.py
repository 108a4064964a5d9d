"""The demo: a mentorship program played through the public APIs."""
