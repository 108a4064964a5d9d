"""Matching owns policies, rosters with their seats, runs, and pairings.

It hears from enrollment who can be paired, and from sessions which journeys are complete. It tells
who was proposed, paired, confirmed, and how pairings ended.
"""
