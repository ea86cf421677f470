"""From an article to its statements: pure, apart from loading the parser and the packs."""
