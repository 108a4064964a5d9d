"""The rules of enrollment: pure decisions, one module an aggregate."""
