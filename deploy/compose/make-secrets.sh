#!/bin/sh
# Makes up the passwords that compose.yaml needs, in the folder `secrets` beside it. Those that exist stay.
set -eu
cd "$(dirname "$0")"

# The folder is closed to others on this machine; the files are readable, because a container reads them as another user.
mkdir -p secrets
chmod 700 secrets
umask 022

make_up() {
    [ -s "secrets/$1" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"secrets/$1"
}

make_up postgres_password
make_up grafana_password
printf 'postgresql://entente:%s@postgres/entente' "$(cat secrets/postgres_password)" >secrets/database
echo "secrets/grafana_password holds Grafana's password; the user is admin"
