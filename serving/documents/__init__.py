"""Files to text: plain text, Word and PDF. The text that comes out is what is stored, read and quoted."""
