#!/bin/sh
# The postgres image runs this once, on an empty data folder. Row security does not bind
# superusers, so the server gets a role of its own, which owns its database and no more.
set -eu
: "${POSTGRES_APP_PASSWORD:?is not set; see .env.example}"
psql --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_APP_PASSWORD" \
    --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
CREATE ROLE visita LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE visita OWNER visita;
SQL
