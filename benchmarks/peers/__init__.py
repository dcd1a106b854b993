"""What we are measured against: how it is installed and run in processes of its own."""
