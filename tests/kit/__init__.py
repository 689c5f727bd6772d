"""What tests of the whole stream share."""
