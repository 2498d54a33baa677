"""The door: who may talk to the engine, what is asked of it, and what it answers."""
