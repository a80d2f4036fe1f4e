"""The health check, and metrics for Prometheus."""

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from piratechat.http.operator_login import require_operator


@view_config(route_name="healthz", request_method=("GET", "HEAD"))
def healthz(request: Request) -> Response:
    """Return `ok`, with degradations in further lines, or 503 with one line for each problem."""
    health = request.services.health
    problems = health.problems()
    return Response(
        "".join(f"{line}\n" for line in (problems or ["ok"]) + health.worries()),
        status=503 if problems else 200,
        content_type="text/plain",
        charset="UTF-8",
        cache_control="no-store",
    )


@view_config(route_name="metrics", request_method=("GET", "HEAD"))
def metrics(request: Request) -> Response:
    """Return the metrics in the Prometheus format.  Not for visitors."""
    require_operator(request)
    request.services.collect_metrics()
    return Response(
        generate_latest(request.services.metrics_registry),
        headerlist=[("Content-Type", CONTENT_TYPE_LATEST), ("Cache-Control", "no-store")],
    )
