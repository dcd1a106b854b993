"""Programs written with socketstore."""
