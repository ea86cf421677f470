"""Who is told what: subscriptions, matching, wording."""
