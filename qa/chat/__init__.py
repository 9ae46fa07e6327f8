"""What the chat shows and keeps: pure functions from answers and articles to safe pages. ui.py wires them to Gradio."""
