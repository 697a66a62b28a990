"""SQL of meetings and participants.

Functions that return a cursor do not wait for the server: inside a transaction's pipeline they are sent with
the next one that is fetched, or with COMMIT. That is how a route stays within its two round trips.
"""
