"""The real services that tests run against, each on free ports of loopback, stopped when the tests end."""
