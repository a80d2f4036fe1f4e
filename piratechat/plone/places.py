"""The paths that a Plone site and its members' browsers request."""

#: The prefix of these paths, and their last segments.
PLONE = "/plone/"
PLONE_ROUTES = ("enter", "leave", "rooms")
