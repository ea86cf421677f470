"""What can go wrong, as types.

EntenteError                 shown to the user as one message, without a traceback
├── SettingsError            a setting is unknown, missing or has an unusable value
├── PackError                an actor pack says something that cannot be
├── InputError               a file given by the user cannot be read as what it should be
├── BrokerError              the broker cannot be reached, or refused
└── UndecodableMessageError  a message can never be read: dead-letter it, do not retry
"""


class EntenteError(Exception):
    """Base of all errors that a user can do something about; its text names the thing, the value and the remedy."""


class SettingsError(EntenteError):
    """A setting is unknown, missing or has an unusable value."""


class PackError(EntenteError):
    """An actor pack says something that cannot be; the text has one line for each finding."""


class InputError(EntenteError):
    """A file given by the user cannot be read as what it should be."""


class BrokerError(EntenteError):
    """The broker cannot be reached, or refused what was asked."""


class UndecodableMessageError(EntenteError):
    """A message can never be read, however often it is tried."""
