"""The log: every action in the order in which the reducer saw it, and the state made of it again."""
