"""Onrecord and its peers side by side."""
