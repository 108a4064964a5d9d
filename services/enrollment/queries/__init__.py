"""The read tables of enrollment as views: one function a question."""
