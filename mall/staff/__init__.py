"""Staff: login, roles with permissions, and the trail that every change leaves."""
