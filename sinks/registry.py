"""The types of channel. To add one: a module in sinks/channels, and a line here."""

from typing import Any

from entente.settings import Settings
from sinks.channels import console, file, webhook
from sinks.channels.base import Channel, ChannelConfig, Kind

CHANNELS: dict[str, Kind[Any]] = {
    "console": console.KIND,
    "file": file.KIND,
    "webhook": webhook.KIND,
}


def open_channel(config: ChannelConfig, settings: Settings) -> Channel:
    """The channel that the configuration describes."""
    kind = next(kind for kind in CHANNELS.values() if type(config) is kind.config)
    return kind.open(config, settings)
