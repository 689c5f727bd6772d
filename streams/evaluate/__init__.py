"""How good are the lists: a harness that tests, then learns, event by event, on the functions that the agents run."""
