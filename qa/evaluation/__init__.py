"""How good the answers are: questions, metrics, statistics, and the report that a person reads. Entry: qa.evaluate."""
