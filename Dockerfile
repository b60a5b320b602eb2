# One image for every component and worker; what differs is the command (docker-compose.yml, deploy/values.yaml).
FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d
# New volumes take over the owner of the folder they cover.
# Of git Debian keeps the newest version alone: a pinned one would be gone with the next fix.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 50000 --user-group soundings \
 && install -d -o soundings -g soundings /etc/soundings/report /etc/soundings/prompts /etc/soundings/.soundings/git /var/log/soundings /var/lib/soundings
WORKDIR /opt/soundings
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY signals signals
COPY pipeline pipeline
COPY connectors connectors
COPY transforms transforms
COPY warehouse warehouse
COPY dags dags
COPY plugins plugins
COPY demo demo
RUN pip install --no-cache-dir --no-deps --no-index --no-build-isolation -e . \
 && python -m compileall -q .
USER 50000:50000
ENV AIRFLOW_HOME=/home/soundings/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/soundings/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/soundings/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    GX_ANALYTICS_ENABLED=false \
    SOUNDINGS_CONFIG=/etc/soundings/soundings.toml
