"""Prose from a language model, and the check of every sentence of it. Nothing here decides what the articles say."""
