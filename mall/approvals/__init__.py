"""Approvals: what one staff member asks for and another one decides (four eyes)."""
