"""How the bundled reader is trained; the product never imports this package."""
