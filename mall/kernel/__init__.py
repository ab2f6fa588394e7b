"""What every feature stands on: database, HTTP, events, jobs, Redis, clock, errors."""
