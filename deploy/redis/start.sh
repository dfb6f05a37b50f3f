#!/bin/sh
# Starts Redis or Valkey on redis.conf. REDIS_OPTIONS adds to it.
#
# With SENTINELS (addresses) this node, at ADDRESS, follows whom they call primary, and before they
# know anything PRIMARY: a primary that comes back after a fail-over must not believe itself.
set -eu
server=$(command -v redis-server || command -v valkey-server)
client=$(command -v redis-cli || command -v valkey-cli)

primary=
for sentinel in ${SENTINELS:-}; do
  [ -n "$primary" ] || primary=$(timeout 2 "$client" -h "$sentinel" -p 26379 \
    sentinel get-master-addr-by-name holdfast 2>/dev/null | grep -E '^[0-9.]+$' | head -n 1) || true
done
primary=${primary:-${PRIMARY:-}}

set -- /etc/holdfast/redis.conf
if [ -n "$primary" ] && [ "$primary" != "$ADDRESS" ]; then
  set -- "$@" --replicaof "$primary" 6379
fi
# shellcheck disable=SC2086 - options are words
exec "$server" "$@" ${REDIS_OPTIONS:-}
