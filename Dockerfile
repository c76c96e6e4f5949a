# The service in a container: docker build -t cognito-sso .   How to run it: docs/containers.md

# 1. Everything that is installed, in a folder of its own. The dependencies change seldom and come first.
FROM python:3.13-slim AS installed
# Which of requirements/ is installed: `tracing` has what SSO_TRACING needs, too.
ARG REQUIREMENTS=server
WORKDIR /build
COPY requirements/build.txt requirements/${REQUIREMENTS}.txt requirements/
RUN python -m venv --without-pip /opt/cognito-sso \
 && pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore --require-hashes -r requirements/build.txt \
 && pip --python /opt/cognito-sso/bin/python install --no-cache-dir --disable-pip-version-check \
      --require-hashes --only-binary :all: -r requirements/${REQUIREMENTS}.txt
COPY LICENSE README.md pyproject.toml ./
COPY src src
RUN pip wheel --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir wheels . \
 && pip --python /opt/cognito-sso/bin/python install --no-cache-dir --disable-pip-version-check --no-deps --no-index wheels/*.whl

# 2. What runs.
FROM python:3.13-slim
# Whoever got in would use pip first; nothing here does.
RUN rm -rf "$(python -c 'import pip; print(pip.__path__[0])')"
COPY --from=installed /opt/cognito-sso /opt/cognito-sso
ENV PATH=/opt/cognito-sso/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
# By number: Kubernetes has to see that it is not root.
USER 65532:65532
WORKDIR /tmp
EXPOSE 8000 9464
# Alive, not ready: an outage of Cognito is no reason to be started anew.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python", "-m", "cognito_sso.healthy"]
ENTRYPOINT ["cognito-sso"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]

# Last, because they change with every build.
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cognito_sso" \
      org.opencontainers.image.description="Enterprise single sign-on through Amazon Cognito and Scalekit" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
