FROM python:3.13-slim-trixie AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY preflight preflight
# libmagic comes with the wheel pylibmagic. The demo proves the installation, on loopback, before anything is copied.
RUN python -m venv /opt/preflight \
 && /opt/preflight/bin/pip install --no-cache-dir --disable-pip-version-check '.[yaml]' \
 && /opt/preflight/bin/python -m pip uninstall --yes pip \
 && /opt/preflight/bin/preflight demo

FROM python:3.13-slim-trixie
LABEL org.opencontainers.image.title="preflight" \
      org.opencontainers.image.description="Check MMS media hosting the way the gateway will fetch it" \
      org.opencontainers.image.source="https://github.com/mms-preflight/preflight" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/preflight /opt/preflight
ENV PATH=/opt/preflight/bin:$PATH PYTHONDONTWRITEBYTECODE=1
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["preflight"]
CMD ["--help"]
