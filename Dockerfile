# Third-party packages, each exact and by its hash, and the bytecode of our own.
FROM python:3.11-slim AS build
COPY constraints.txt /
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --quiet --no-cache-dir --require-hashes -r /constraints.txt
COPY entente /app/entente
COPY ingest /app/ingest
COPY processors /app/processors
COPY sinks /app/sinks
RUN /opt/venv/bin/python -m compileall -q /app

# entente is an application: its folders lie in /app and are not installed, so no other package can replace one.
FROM python:3.11-slim
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
RUN install -d -o 10001 -g 10001 /app/data
WORKDIR /app
# The metrics port must be reachable for Prometheus; publish it on 127.0.0.1 of the host, or not at all.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    ENTENTE_METRICS=0.0.0.0:9108
USER 10001:10001
VOLUME /app/data
EXPOSE 9108
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 9108, timeout=4); c.request('GET', '/livez'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "entente.cli"]
CMD ["run"]
