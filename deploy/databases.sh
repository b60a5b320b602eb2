#!/bin/sh
# Two databases, each with a role of its own that reaches no other: Airflow's metadata, and the warehouse.
set -eu
psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv metadata METADATA_PASSWORD
\getenv warehouse WAREHOUSE_PASSWORD
CREATE ROLE airflow LOGIN PASSWORD :'metadata';
CREATE ROLE soundings LOGIN PASSWORD :'warehouse';
CREATE DATABASE airflow OWNER airflow;
CREATE DATABASE soundings OWNER soundings;
REVOKE CONNECT ON DATABASE airflow, soundings FROM PUBLIC;
SQL
