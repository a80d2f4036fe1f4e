"""Integration with a Plone site: single sign-on, and the layout of its pages."""
