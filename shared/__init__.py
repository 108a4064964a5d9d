"""Machinery of event-sourced services; knows no service."""
