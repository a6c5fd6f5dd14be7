#!/bin/sh
# Runs once before the service: roles and databases, the addresses of each role, the key-encryption
# key, and the migrations. What it makes is kept in two volumes: the owner's address is never seen by
# the processes that serve.
set -eu
umask 077

owner=/run/probity/owner/database.env
service=/run/probity/service/database.env

if [ ! -s "$service" ]; then
  # New passwords also where an earlier attempt left roles behind but no file.
  node dist/scripts/db-setup.js "$POSTGRES_ADMIN_URL" --renew-passwords > "$owner.new"
  node -e "console.log('PROBITY_MASTER_KEY=' + require('node:crypto').randomBytes(32).toString('base64'))" > "$service.key"
  # The key outlives a second set-up: what it sealed could not be read under another one.
  [ -s "$owner.key" ] || mv "$service.key" "$owner.key"
  rm -f "$service.key"
  mv "$owner.new" "$owner"
  { grep -v '^DATABASE_OWNER_URL=' "$owner"; cat "$owner.key"; } > "$service.new"
  mv "$service.new" "$service"
fi

exec node --env-file="$owner" --env-file="$owner.key" dist/scripts/db-migrate.js
