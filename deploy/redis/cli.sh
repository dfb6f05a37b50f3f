#!/bin/sh
# Redis's command line as one of its users: `cli.sh operator info memory`. The password never
# stands in a command line.
user=$1
shift
client=$(command -v redis-cli || command -v valkey-cli)
REDISCLI_AUTH=$(cat "/run/holdfast/$user") exec "$client" --no-auth-warning --user "$user" "$@"
