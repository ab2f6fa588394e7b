"""Lessons (课程): short texts with a quiz, which a growth rule of promoters may ask for."""
