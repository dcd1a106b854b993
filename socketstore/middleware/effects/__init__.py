"""Side effects: what a program does because of an action, after the reducer."""
