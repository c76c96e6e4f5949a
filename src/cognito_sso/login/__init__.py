"""(2) One sign-in, from the e-mail field to the result."""
