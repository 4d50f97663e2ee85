"""Groups of commands that fill a room of their own."""
