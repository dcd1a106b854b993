"""What becomes dearer when there is more of something: messages, subscribers, slices, rows, streams; and how long it takes."""
