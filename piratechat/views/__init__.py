"""What is read and decided for each URL."""
