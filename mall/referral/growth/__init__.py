"""Growth (KOC 培育): how shoppers become promoters and reach the next level, and what they lack."""
