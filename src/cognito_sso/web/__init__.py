"""What wraps every response: pages, error answers, headers, and who may call from where."""
