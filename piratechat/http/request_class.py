"""The class of all requests."""

from pyramid.config import Configurator
from pyramid.interfaces import IRequestExtensions, IRequestFactory
from pyramid.request import Request


def share_request_class(config: Configurator) -> None:
    """Use one class for all requests, with what `add_request_method` has added so far; commits the configuration.

    Pyramid would otherwise create a class for each request, which takes longer than most tweens together.
    """
    config.commit()
    registry = config.registry
    extensions = registry.queryUtility(IRequestExtensions)
    added = {**extensions.methods, **extensions.descriptors}
    extensions.methods.clear()
    extensions.descriptors.clear()
    base = registry.queryUtility(IRequestFactory, default=Request)
    registry.registerUtility(type("ChatRequest", (base,), added), IRequestFactory)
