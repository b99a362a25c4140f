#!/bin/sh
# Run once before the other services and again after every upgrade: databases, the pool of the one loader, the first administrator.
set -eu
airflow db migrate
airflow pools set lake_writer 1 "the one loader"
if ! airflow users list --output plain | grep -q " admin "; then
    airflow users create --username admin --firstname Saima --lastname Admin --email admin@example.invalid --role Admin \
        --password "$SAIMA_ADMIN_PASSWORD"
fi
python -m saima_airflow.signer_role # the role Bureau: who may sign and see the pages
saima db upgrade # a migration that fails stops here, before any service opens the warehouse
saima doctor || true # says what is still missing
