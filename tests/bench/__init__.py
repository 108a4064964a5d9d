"""Speed and memory, as medians over interleaved runs with the comparison beside them."""
