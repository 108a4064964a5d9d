"""Questions about policies, runs, pairings, and rosters, and what a run looks at."""
