"""What people are handed: spreadsheets, map files and the printed overview."""
