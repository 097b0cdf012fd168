"""Reading: from the text of a note to sections, sentences, problem blocks, mentions and their assertion."""
