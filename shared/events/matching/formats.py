"""What kinds of pairing there are."""

from enum import StrEnum


class PairingFormat(StrEnum):
    """How two who are paired work together; each has its own rules of size and of who may."""

    ONE_TO_ONE = "one_to_one"
    GROUP = "group"  # one of several mentees around one mentor
    REVERSE = "reverse"  # the mentor is the junior of the two
    FLASH = "flash"  # a few days and one session
    ROULETTE = "roulette"  # drawn by lot among those who asked for it
    SPONSOR_LED = "sponsor_led"  # the mentor is a sponsor of the program
    PEER = "peer"  # both stand on the same level
