"""The chat as a part of a site of Plone: who is logged in there, and what it looks like."""
