"""What a program sends: at once, or later, from the outbox; and the answers that it waits for."""
