"""Questions about figures: one function a question, each asked of one tenant's rows."""
