"""piratechat as a part of a Plone site."""
