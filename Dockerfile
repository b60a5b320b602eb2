# One image for every component and worker; what differs is the command (docker-compose.yml).
FROM python:3.11.14-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 50000 soundings \
 && install -d -o soundings -g soundings /etc/soundings/report /etc/soundings/prompts # new volumes take over this owner
WORKDIR /opt/soundings
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY pipeline pipeline
COPY connectors connectors
COPY transforms transforms
COPY warehouse warehouse
COPY dags dags
COPY plugins plugins
COPY demo demo
RUN pip install --no-cache-dir --no-deps --no-index --no-build-isolation -e .
USER soundings
ENV AIRFLOW_HOME=/home/soundings/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/soundings/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/soundings/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    GX_ANALYTICS_ENABLED=false \
    SOUNDINGS_CONFIG=/etc/soundings/soundings.toml
