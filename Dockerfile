# The service as an image: everything is built in the first stage, only the result is in the second.
FROM python:3.11-slim AS build
WORKDIR /build
RUN python -m venv /opt/kenali-diri
# Dependencies first: a change of our own code does not install them again.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print('\n'.join(p['dependencies'] + p['optional-dependencies']['rabbitmq']))" > requirements.txt \
    && /opt/kenali-diri/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt -r requirements.txt
COPY README.md ./
COPY alembic ./alembic
COPY app ./app
RUN pip wheel --no-cache-dir --disable-pip-version-check --no-deps --wheel-dir dist . \
    && /opt/kenali-diri/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps dist/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /srv/kenali-diri --create-home --shell /usr/sbin/nologin kenali
COPY --from=build /opt/kenali-diri /opt/kenali-diri
ENV PATH=/opt/kenali-diri/bin:$PATH \
    PORT=8000 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /srv/kenali-diri
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=3)"]
CMD ["kenali-diri", "serve"]
