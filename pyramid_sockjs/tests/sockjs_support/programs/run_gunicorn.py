"""Runs gunicorn as `pyramid_sockjs.servers.gunicorn_command` does."""

from pyramid_sockjs.servers.gunicorn_command import gunicorn

gunicorn()
