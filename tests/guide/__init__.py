"""The guide and README: their generated tables, links, examples, and that nothing is left out."""
