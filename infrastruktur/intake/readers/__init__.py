"""One reader a file format; each gives records with line numbers and says in German what it cannot read."""
