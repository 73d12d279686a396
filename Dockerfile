# One image for the one-shot migration, the web process and the worker.

FROM node:20-bookworm-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json vite.config.ts ./
COPY asm/web asm/web
RUN npm run build

FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/asm
COPY requirements/runtime.txt requirements/runtime.txt
RUN /opt/asm/bin/pip install --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md ./
COPY asm asm
# The wheel holds the built pages, as the one that `make package` makes.
COPY --from=assets /src/asm/web/static asm/web/static
RUN /opt/asm/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home asm \
 && install -d -o asm -g asm -m 0700 /var/lib/asm/secrets \
 && install -d -o asm -g asm -m 0750 /var/lib/asm/data
COPY --from=packages /opt/asm /opt/asm
ENV PATH=/opt/asm/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONSAFEPATH=1 \
    PYTHONNOUSERSITE=1 \
    ASM_SECRETS_DIR=/var/lib/asm/secrets ASM_DATA_DIR=/var/lib/asm/data ASM_HOST=0.0.0.0 ASM_PORT=8000
USER asm
WORKDIR /var/lib/asm
EXPOSE 8000
CMD ["asm", "web"]
