"""What a channel is: it sends one message, and says what came of it."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from entente.settings import Settings


@dataclass(frozen=True)
class Message:
    """An alert in words and in fields."""

    id: str  # the same whenever this is sent again
    text: str  # for people; several lines
    data: Mapping[str, Any]  # for programs; JSON


class Result(StrEnum):
    """What came of an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"  # it may succeed later
    REFUSED = "refused"  # the same message would be refused again
    CLOSED = "closed"  # the receiver wants nothing more


@dataclass(frozen=True)
class Outcome:
    """The result of an attempt, with what the receiver said; holds no secrets."""

    result: Result
    detail: str
    retry_after: timedelta | None = None  # as the receiver asks


class Channel(Protocol):
    """A way to one receiver. Used by one thread at a time."""

    def send(self, message: Message) -> Outcome:
        """Try once, within about 15 seconds."""

    def close(self) -> None:
        """Let go of what is held open."""


class ChannelConfig(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a subscription says of a channel, besides its type."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Type and target, without secrets: the same for all who send there."""

    def findings(self) -> list[str]:
        """What cannot be, each as `key: what is wrong`."""
        return []


Config = TypeVar("Config", bound=ChannelConfig)


@dataclass(frozen=True)
class Kind(Generic[Config]):
    """A type of channel."""

    config: type[Config]
    open: Callable[[Config, Settings], Channel]


def kind_of(name: str) -> str:
    """The type of the channel of that name."""
    return name.partition(":")[0]
