"""The two providers as clients, what they charge, and the HTTP manners they share.

A client's paid methods take a `Held`: without a committed hold there is no request.
"""
