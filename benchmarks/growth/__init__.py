"""What becomes dearer when there is more of something, how long a message takes, and how much memory is needed."""
