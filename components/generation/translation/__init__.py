"""Generation by translation: pictures of one domain in, pictures of the other out."""
