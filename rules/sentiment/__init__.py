"""How an author feels in a post, with the words that say so."""
