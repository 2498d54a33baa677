"""Commands: worked out, shown as a plan, carried out, and told in one sentence."""
