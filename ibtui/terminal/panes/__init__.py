"""The five live panes: rows made from the model by pure functions, each shown in one grid."""
