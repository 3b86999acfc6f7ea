#!/bin/sh
# The web server of the image. Two processes with four threads each answer while uploads wait for the network.
set -eu
exec gunicorn aftersales.wsgi \
    --bind "0.0.0.0:${PORT:-8000}" \
    --workers "${WEB_CONCURRENCY:-2}" --worker-class gthread --threads "${WEB_THREADS:-4}" \
    --max-requests 2000 --max-requests-jitter 200 \
    --graceful-timeout 25 --worker-tmp-dir /dev/shm --no-control-socket \
    --access-logfile - --preload
