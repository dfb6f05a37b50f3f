#!/bin/sh
# Makes one cluster of NODES: three primaries and a replica each. Does nothing where there is one.
set -eu
cli() { sh /etc/holdfast/cli.sh operator "$@"; }
ready() { for node in $NODES; do cli -h "$node" cluster info | grep -q cluster_state:ok || return 1; done; }

ready || cli --cluster create $(for node in $NODES; do echo "$node:6379"; done) \
  --cluster-replicas 1 --cluster-yes
for _ in $(seq 60); do
  ready && exit
  sleep 1
done
echo "the cluster did not form" >&2
exit 1
