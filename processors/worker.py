"""The one global application, for Faust's own command line: `faust -A processors.worker worker --without-web`."""

import os

from entente import packs
from entente.settings import Settings
from processors.app import create_app
from processors.claim import claim
from processors.reading_process import ReadingPool
from processors.stage import EXTRACTOR

_settings = Settings.from_env(os.environ)
_claim = claim(_settings.broker)  # until the process ends

app = create_app(_settings, ReadingPool(EXTRACTOR, _settings), packs.load(_settings.packs))
