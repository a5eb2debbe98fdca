"""What the review page reads: a few statements per page, none of which changes anything."""
