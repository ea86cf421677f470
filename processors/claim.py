"""Only one process may work on a log in SQLite; on Kafka several share the work."""

from contextlib import AbstractContextManager, closing, nullcontext
from urllib.parse import urlsplit

from entente.broker.sqlite import path_of
from entente.claim import Claim
from entente.errors import BrokerError
from processors.app import NAME


def claim(broker: str) -> AbstractContextManager[object]:
    """The right to work on this broker, until it is left.

    Raises:
        BrokerError: another process works on it, or it is a file that cannot be written.
    """
    if urlsplit(broker).scheme != "sqlite":
        return nullcontext()
    path = path_of(broker)
    try:
        return closing(Claim(path.with_name(f"{path.name}.{NAME}.lock")))
    except BlockingIOError as error:
        raise BrokerError(
            f"another process works on the log {path}, and one is all that can; stop it, or use Kafka for several"
        ) from error
    except OSError as error:
        raise BrokerError(
            f"the log {path}: {error.strerror}; let ENTENTE_BROKER name a file that can be made"
        ) from error
