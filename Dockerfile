# One image for web, worker, beat and migrate. Needs nothing of the embedded servers: requirements/base.txt only.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/base.txt
RUN /opt/venv/bin/pip install --require-hashes --no-deps --only-binary :all: -r /tmp/base.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=aftersales.settings STATIC_ROOT=/srv/static
RUN useradd --system --uid 10001 --user-group --home-dir /srv --shell /usr/sbin/nologin aftersales
# A new volume gets this folder's owner.
RUN install -d -o aftersales -g aftersales -m 700 /var/spool/aftersales /var/spool/aftersales/tmp
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/app
COPY . .
# The values only let the settings load; none of them stays in the image.
RUN ENVIRONMENT=demo SECRET_KEY=build DATABASE_URL=postgresql://build/build CACHE_URL=redis://build/1 \
    BROKER_URL=redis://build/0 S3_BUCKET=build S3_ACCESS_KEY_ID=build S3_SECRET_ACCESS_KEY=build \
    python manage.py collectstatic --noinput && python -m compileall -q /srv/app
USER aftersales
EXPOSE 8000
CMD ["sh", "deploy/web.sh"]
