"""The verbs of the `upwell` command, one file each, thin."""
