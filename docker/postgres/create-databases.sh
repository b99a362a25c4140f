#!/bin/sh
# Run once by the postgres image: Airflow's metadata, the warehouse and the Iceberg catalog do not share a database.
set -eu
for name in saima saima_catalog; do
    createdb --username "$POSTGRES_USER" "$name"
done
