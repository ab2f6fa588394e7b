"""Old brings new (老带新): what a leader gets for members who are new customers."""
