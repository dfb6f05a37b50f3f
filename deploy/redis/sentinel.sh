#!/bin/sh
# Starts a Sentinel that watches PRIMARY. What it learns later it writes to its own file, which is
# therefore made once.
set -eu
server=$(command -v redis-server || command -v valkey-server)
if [ ! -s /data/sentinel.conf ]; then
  umask 077
  password=$(cat /run/holdfast/sentinel)
  cat >/data/sentinel.conf <<CONF
port 26379
dir /data
aclfile /run/holdfast/sentinel-users.acl
sentinel sentinel-user sentinel
sentinel sentinel-pass $password
sentinel monitor holdfast $PRIMARY 6379 2
sentinel auth-user holdfast sentinel
sentinel auth-pass holdfast $password
sentinel down-after-milliseconds holdfast 3000
sentinel failover-timeout holdfast 10000
CONF
fi
exec "$server" /data/sentinel.conf --sentinel
