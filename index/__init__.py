"""Passages become searchable: encoder, vectors, BM25, and the durable folder that holds them."""
