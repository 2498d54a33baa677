"""What a strategy author imports, and the strategies that come with ibtui."""
