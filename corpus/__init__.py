"""Files, folders and URLs become articles, and articles become passages."""
