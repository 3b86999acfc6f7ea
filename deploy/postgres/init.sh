#!/bin/sh
# Runs once, when the database container finds an empty volume: roles, their passwords, the database's owner.
set -eu
folder=${ROLES_FOLDER:-/opt/aftersales}
psql -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -f "$folder/roles.sql"
psql -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" -v backup="$BACKUP_PASSWORD" -v database="$POSTGRES_DB" <<'SQL'
ALTER ROLE aftersales_owner PASSWORD :'owner';
ALTER ROLE aftersales_app PASSWORD :'app';
ALTER ROLE aftersales_backup PASSWORD :'backup';
ALTER DATABASE :"database" OWNER TO aftersales_owner;
SQL
