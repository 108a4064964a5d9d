"""Sessions: owns journeys, goals and roadmaps of pairs.

It hears from matching who is paired and whose pairing ended, and from enrollment who runs which
program, which competencies exist, and who is to be forgotten. It tells which sessions were held or
missed, which milestones and goals were reached, what was felt, and which journeys are complete.
"""
