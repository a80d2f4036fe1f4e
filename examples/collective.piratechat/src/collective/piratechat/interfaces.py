"""The browser layer of sites in which the add-on is active."""

from zope.publisher.interfaces.browser import IDefaultBrowserLayer


class IPiratechatLayer(IDefaultBrowserLayer):
    """Requests to a site in which the add-on is active."""
