"""Session stacks of the field: what there is, how each is set up, started and stopped."""
