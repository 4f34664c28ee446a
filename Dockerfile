# One binary in a small image. `docker compose up` builds it.

FROM node:22-bookworm-slim AS node

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends clang cmake git \
    && rm -rf /var/lib/apt/lists/*
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /src
COPY . .
# The caches keep tools and dependencies between builds; the result is copied out of them.
ENV XDG_CACHE_HOME=/cache
RUN --mount=type=cache,target=/cache/visita \
    --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    --mount=type=cache,target=/src/node_modules \
    cargo xtask build \
    && install -D target/release/visita /out/visita \
    && install -d -m 0700 /out/data

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home visita
COPY --from=build /out/visita /usr/local/bin/visita
COPY --from=build --chown=10001:10001 /out/data /var/lib/visita
USER 10001
ENV VISITA_DATA_DIR=/var/lib/visita \
    VISITA_LISTEN=0.0.0.0:8080 \
    VISITA_LOG_FORMAT=json
VOLUME /var/lib/visita
EXPOSE 8080
# bash asks by itself, so that the image needs no HTTP client.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost:8080\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["visita"]
CMD ["serve"]
