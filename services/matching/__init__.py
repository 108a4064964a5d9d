"""Matching owns policies, rosters with their seats, loads, runs, pairings, and appeals.

It hears from enrollment who can be paired, and from sessions which journeys are complete and who
met or did not. It tells who was proposed, paired, confirmed, and how pairings ended.
"""
