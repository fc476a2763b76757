# The operator, the network services and the enrolment: one Python package, three commands.
# Build it with `python -m local.images build operator:dev`, or with `docker build .`.
ARG BASE=docker.io/library/python:3.12-slim-bookworm

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# The base's pip fills the environment that is shipped, which has none itself.
RUN python3 -m venv --without-pip /opt/corda-operator
COPY requirements/run.txt /build/
RUN python3 -m pip --python /opt/corda-operator/bin/python install \
        --require-hashes --only-binary :all: --no-compile --requirement /build/run.txt
COPY operator/corda_operator /build/corda_operator
# The same entry point that installing the package would write, without a build backend that nobody pins.
RUN set -e; \
    python=/opt/corda-operator/bin/python; \
    packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
    cp -r /build/corda_operator "$packages/"; \
    printf '#!%s\nimport sys\n\nfrom corda_operator.cli import main\n\nsys.exit(main())\n' "$python" \
        >/opt/corda-operator/bin/corda-operator; \
    chmod 755 /opt/corda-operator/bin/corda-operator; \
    # Pods can't write bytecode: their file system is read-only. Sources never change under it, so the
    # interpreter need not look at their times either.
    "$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash "$packages"; \
    # Public Python images come without the standard library's bytecode, Debian's packages with it.
    library=$("$python" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))'); \
    mkdir /bytecode; \
    if ! ls "$library"/__pycache__/os.*.pyc >/dev/null 2>&1; then \
        "$python" -m compileall -q -j 0 -x '/(test|tests|idlelib|site-packages)/' "$library"; \
        find "$library" -name '*.pyc' | tar -cf - -P -T - | tar -xf - -C /bytecode; \
    fi; \
    printf 'operator:x:10001:10001::/nonexistent:/usr/sbin/nologin\n' >>/etc/passwd; \
    printf 'operator:x:10001:\n' >>/etc/group

FROM ${BASE}
COPY --from=build /etc/passwd /etc/group /etc/
COPY --from=build /bytecode/ /
COPY --from=build /opt/corda-operator /opt/corda-operator
# One heap, given back to the system when it shrinks: a replica with 10,000 nodes needs a quarter less memory.
ENV PATH=/opt/corda-operator/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072
USER 10001:10001
ENTRYPOINT ["corda-operator"]
