"""`make tour`: a shopper's whole story over HTTP, told in plain words with the amounts."""
