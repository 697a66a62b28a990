"""What can be asked of contacts; one module per subject, and their functions by name here."""

from convoke.contacts.actions.blocks import block, list_blocks, read_block, unblock
from convoke.contacts.actions.contacts import add_contact, change_contact, list_contacts, remove_contact
from convoke.contacts.actions.people import Shown, cards, find_people, presence_shown

__all__ = [
    "Shown",
    "add_contact",
    "block",
    "cards",
    "change_contact",
    "find_people",
    "list_blocks",
    "list_contacts",
    "presence_shown",
    "read_block",
    "remove_contact",
    "unblock",
]
