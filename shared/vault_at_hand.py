"""The vault of the process, for questions that requests and loops ask alike.

What a rule goes by may be sealed, and is opened deep inside of such a question: handing a vault
down to it would mean handing it to everything on the way.
"""

from contextvars import ContextVar

from shared.vault import Vault

_AT_HAND: ContextVar[Vault] = ContextVar("vault at hand")


def lay_out(vault: Vault) -> None:
    """Have this vault at hand in this task, and in those that it starts from now on."""
    _AT_HAND.set(vault)


def at_hand() -> Vault:
    """The vault that was laid out for this task.

    Raises:
        LookupError: none was.
    """
    return _AT_HAND.get()
