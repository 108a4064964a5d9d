"""The rules of matching: policies, rosters, runs, pairings, and who goes with whom."""
