"""Cash for likes of a shared review (晒单返现): off by default, its terms fixed and said before."""
