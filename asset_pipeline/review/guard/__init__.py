"""What stands between the review page and everybody else: the token, sessions, and the checks of every request."""
