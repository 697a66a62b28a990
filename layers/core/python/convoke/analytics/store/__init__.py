"""CQL of analytics, and the SQL of the outbox; every statement is a constant, which a test reads."""
