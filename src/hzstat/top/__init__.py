"""`hzstat top`: the live view. Samples become columns of a picture, a few lines of text each."""
