"""Foreign files become values of the domain here: recipes say how, readers read, a plan says what would change."""
