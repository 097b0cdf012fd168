"""The doors: command line, batches, the review service with its store, exports."""
