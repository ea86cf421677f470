"""The stage that polls news feeds and publishes every new or changed article."""
