"""Enrollment owns programs, cohorts, the vocabulary of competence, people, and who takes part.

It hears sessions (a completed journey is a graduation) and tells everyone who may be matched, who
withdrew, who left, and who was erased. Names and mail addresses stand in its identity table alone.
"""
