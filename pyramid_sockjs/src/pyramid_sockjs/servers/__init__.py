"""The servers: the gunicorn worker, its command, and gevent's pywsgi."""
