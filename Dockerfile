# The archive in a container; docs/operations.md says how to run it.
#
# The base is named by its tag, since a digest cannot be known where this file is written. Pin it where you build:
#   docker build --build-arg BASE=python:3.11-slim-bookworm@sha256:… -t finews-archive .
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
# parquet as well is another 150 MB: --build-arg EXTRAS=postgres,zstd,parquet
ARG EXTRAS=postgres,zstd
WORKDIR /src
RUN python -m venv --without-pip /opt/archive
COPY . .
# Behind a mirror of the package registry, hand pip its configuration: --secret id=pip,src=/etc/pip.conf
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=cache,target=/root/.cache/pip \
    python -m pip --python /opt/archive/bin/python install --no-compile --disable-pip-version-check \
        --constraint constraints.txt ".[${EXTRAS}]"
# Compiled once, here: where it runs, nothing but /data and /tmp can be written.
RUN find /opt/archive/lib -type d \( -name test -o -name tests \) -prune -exec rm -r {} + \
    && /opt/archive/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/archive/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="finews-archive" \
      org.opencontainers.image.description="Keeps a corpus of Chinese financial news current" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
# What runs here installs nothing: no pip.
RUN rm -r /usr/local/bin/pip* /usr/local/lib/python3.*/ensurepip /usr/local/lib/python3.*/site-packages/* \
    && groupadd --gid 10001 archive \
    && useradd --uid 10001 --gid archive --no-log-init --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin archive \
    && install --directory --owner archive --group archive --mode 0750 /data
COPY --from=build /opt/archive /opt/archive
ENV PATH=/opt/archive/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    ARCHIVE_DATA_DIR=/data
# In /data, so that archive.toml and sources/ are found there as well.
WORKDIR /data
VOLUME ["/data"]
USER 10001:10001
EXPOSE 9317
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["archive", "health"]
ENTRYPOINT ["archive"]
CMD ["schedule", "run"]
