"""What a report says, built from documents alone."""
