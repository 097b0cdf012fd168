"""The components of reading, one file each: ``match`` computes, the pipeline writes."""
