"""The best answer there is over all allowed pairs, the only one, with prices that prove it."""
