"""The services with a transaction for each request, and a view that counts open transactions."""

import gevent
import pyramid_tm
import transaction
from pyramid.config import Configurator
from pyramid.response import Response

from sockjs_support.services import services


class Watched(transaction.TransactionManager):
    """A transaction manager that counts unfinished transactions."""

    count = 0

    def __init__(self):
        super().__init__(explicit=True)

    def begin(self):
        Watched.count += 1
        return super().begin()

    def free(self, txn):
        Watched.count -= 1
        super().free(txn)


def page(request):
    """Return a page for the theme."""
    return Response("<html><body><p>the content</p></body></html>")


def open_transactions(request):
    """Return the number of other requests' open transactions."""
    gevent.sleep(0)
    return Response(str(Watched.count - 1), content_type="text/plain")


def main(global_config, **settings):
    """Return the application of `pipeline.ini`."""
    settings["tm.manager_hook"] = lambda request: Watched()
    config = Configurator(settings=settings)
    config.include(pyramid_tm)
    config.include(services)
    config.add_route("page", "/page")
    config.add_view(page, route_name="page")
    config.add_route("transactions", "/transactions")
    config.add_view(open_transactions, route_name="transactions")
    return config.make_wsgi_app()
