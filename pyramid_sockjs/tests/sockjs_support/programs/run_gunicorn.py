"""gunicorn as `pyramid_sockjs.servers.gunicorn_command` starts it."""

from pyramid_sockjs.servers.gunicorn_command import gunicorn

gunicorn()
