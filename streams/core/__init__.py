"""Pure rules: values in, values out; no IO, no clock, no vendor."""
