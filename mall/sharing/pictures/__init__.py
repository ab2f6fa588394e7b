"""Pictures that carry a share: designs by staff, the code, what is shown of the page."""
