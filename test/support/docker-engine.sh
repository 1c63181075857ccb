#!/usr/bin/env bash
# Runs a command with a private Docker engine:  test/support/docker-engine.sh npx vitest run …
#
# Sets DOCKER_HOST to the socket of the engine, and BERTH_ENGINE_TLS to a folder of certificates for its port 2376, which
# requires client certificates. Needs root, and docker.io, iptables, openssl and busybox-static installed.
#
# Engine, containers and command share private namespaces (network, mounts, processes). Network rules, bridges and engine of
# the host are not touched, published ports are reachable for the command only, and everything ends with the command.
# Without internet access the only image, berth-test/busybox (also busybox:1.37), is built here.
set -euo pipefail

if [ $# -eq 0 ]; then
  echo "usage: $0 command [argument…]" >&2
  exit 2
fi
for program in dockerd docker iptables openssl busybox unshare ip tar; do
  command -v "$program" >/dev/null && continue
  echo "$program is missing. Run: apt-get install docker.io iptables openssl busybox-static" >&2
  exit 1
done

if [ "${BERTH_ENGINE_ROOT:-}" = '' ]; then
  BERTH_ENGINE_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/berth-engine.XXXXXX")
  export BERTH_ENGINE_ROOT
  clean_up() {
    rm -rf "$BERTH_ENGINE_ROOT"
    find /sys/fs/cgroup -depth -type d -path "*/$(basename "$BERTH_ENGINE_ROOT")*" -exec rmdir {} + 2>/dev/null || true
  }
  trap clean_up EXIT
  unshare --net --mount --pid --fork --kill-child --mount-proc "$0" "$@"
  exit
fi

root=$BERTH_ENGINE_ROOT
export DOCKER_HOST=unix://$root/docker.sock
export BERTH_ENGINE_TLS=$root/tls
ip link set lo up

# Creates an authority, its certificates for the engine and a client, and the certificate of another authority.
make_certificates() {
  mkdir "$BERTH_ENGINE_TLS"
  cd "$BERTH_ENGINE_TLS"
  for authority in ca other; do
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj "/CN=$authority" -keyout "$authority.key" -out "$authority.pem"
  done
  issue ca engine serverAuth
  issue ca client clientAuth
  issue other stranger clientAuth
}

issue() {
  local authority=$1 name=$2 usage=$3
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$name.key" -out "$name.csr"
  printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=%s\n' "$usage" >"$name.ext"
  openssl x509 -req -days 1 -in "$name.csr" -CA "$authority.pem" -CAkey "$authority.key" -CAcreateserial \
    -extfile "$name.ext" -out "$name.pem"
}

start_engine() {
  dockerd --host "$DOCKER_HOST" --host tcp://127.0.0.1:2376 --tlsverify --tlscacert "$BERTH_ENGINE_TLS/ca.pem" \
    --tlscert "$BERTH_ENGINE_TLS/engine.pem" --tlskey "$BERTH_ENGINE_TLS/engine.key" \
    --data-root "$root/data" --exec-root "$root/exec" --pidfile "$root/pid" \
    --bridge=none --default-address-pool base=10.213.0.0/16,size=28 --cgroup-parent "/$(basename "$root")" \
    >"$root/log" 2>&1 &
  engine=$!
  for _ in $(seq 300); do
    docker version >/dev/null 2>&1 && return
    kill -0 "$engine" 2>/dev/null || break
    sleep 0.1
  done
  echo 'the engine did not start. Its log ends with:' >&2
  tail -20 "$root/log" >&2
  exit 1
}

# Imports busybox with a link for each of its programs. A static program still loads glibc's resolver for name lookups.
import_image() {
  local image=$root/image libraries
  mkdir -p "$image/bin" "$image/tmp" "$image/etc" "$image/www"
  chmod 1777 "$image/tmp"
  cp "$(command -v busybox)" "$image/bin/busybox"
  for name in $(busybox --list); do [ "$name" = busybox ] || ln -s busybox "$image/bin/$name"; done
  libraries=$(ldd "$(command -v ls)" | sed -n \
    -e 's,.* \(/[^ ]*/\(libc\|ld-linux[^.]*\)\.so[^ ]*\) .*,\1,p' \
    -e 's,^[[:space:]]*\(/[^ ]*ld-linux[^ ]*\) .*,\1,p')
  for library in $libraries; do cp --parents "$library" "$image"; done
  tar -C "$image" -c . | docker import --change 'ENV PATH=/bin' --change 'CMD ["sh"]' - berth-test/busybox:1 >/dev/null
  # The name in the examples and the default of probe_image, for the demonstration.
  docker tag berth-test/busybox:1 busybox:1.37
}

(make_certificates) 2>"$root/openssl"
start_engine
import_image
"$@"
