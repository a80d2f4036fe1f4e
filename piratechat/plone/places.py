"""Where a site of Plone and its members' browsers come to."""

#: What these paths begin with, and how they end.
PLONE = "/plone/"
PLONE_ROUTES = ("enter", "leave", "rooms")
