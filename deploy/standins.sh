#!/usr/bin/env bash
# Runs docker-compose.yml where no image can be pulled: on a Debian machine, as root.
#
# Installs the engine, builds stand-ins under the official names (a Debian with the same program of
# the same version), builds Compose from its source, and then the product's own image.
#
#   deploy/standins.sh            all of the steps below, in order; what is there already is kept
#   deploy/standins.sh STEP …     some of them: engine start images compose product · stop
#
# What runs on stand-ins shows that our files fit together. It does not show that the official
# images behave the same: docs/deploying.md says what is left to see there.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=${STANDINS_FOLDER:-$root/.cache/standins}
python=$root/.venv/bin/python
compose_version=v5.5.1 # newer ones want a newer Go than Debian machines of today have
docker=/usr/bin/docker # Debian's own: it has BuildKit built in
export DOCKER_BUILDKIT=1
mkdir -p "$work"

say() { printf 'standins: %s\n' "$*" >&2; }
there() { $docker image inspect "$1" >/dev/null 2>&1; }

engine() {
  if command -v dockerd >/dev/null && command -v debootstrap >/dev/null; then return; fi
  say "installing the engine"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    docker.io iptables debootstrap >"$work/engine.log"
}

start() {
  if $docker info >/dev/null 2>&1; then return; fi
  say "starting the engine"
  nohup dockerd >"$work/dockerd.log" 2>&1 &
  echo $! >"$work/dockerd.pid"
  for _ in $(seq 100); do
    if $docker info >/dev/null 2>&1; then return; fi
    sleep 0.2
  done
  tail -5 "$work/dockerd.log" >&2
  return 1
}

stop() {
  if [ ! -f "$work/dockerd.pid" ]; then return; fi
  kill "$(cat "$work/dockerd.pid")" 2>/dev/null || true
  rm -f "$work/dockerd.pid"
}

images() {
  debian
  stand_in python:3.11-slim python_image
  stand_in apache/kafka:4.1.0 kafka_image
  stand_in postgres:18 postgres_image
}

stand_in() { # name, function that writes its folder
  if there "$1"; then return; fi
  say "building a stand-in for $1"
  rm -rf "$work/image"
  mkdir -p "$work/image"
  "$2" "$work/image"
  $docker build -q -t "$1" "$work/image" >/dev/null
  rm -rf "$work/image"
}

debian() {
  if there standin/debian:bookworm; then return; fi
  say "unpacking a Debian"
  rm -rf "$work/debian"
  debootstrap --variant=minbase bookworm "$work/debian" >"$work/debootstrap.log" 2>&1
  rm -rf "$work"/debian/var/cache/apt/archives/*.deb "$work"/debian/var/lib/apt/lists/*
  tar -C "$work/debian" -c . | $docker import - standin/debian:bookworm >/dev/null
  rm -rf "$work/debian"
}

python_image() {
  cp -r deploy/standins/python/. "$1"
}

kafka_image() { # the jars that the tests run, each known by its hash
  cp -r deploy/standins/kafka/. "$1"
  mkdir -p "$1/libs"
  "$python" -c 'from tests.kafka_jars import jars; print(*jars(), sep="\n")' |
    xargs cp -t "$1/libs"
}

postgres_image() { # the programs of the wheel that tests and demo use, and their libraries
  cp -r deploy/standins/postgres/. "$1"
  local wheel
  wheel=$("$python" -c 'from shared.embedded import PROGRAMS; print(PROGRAMS.parents[1])')
  mkdir "$1/wheel"
  cp -r "$wheel" "$wheel.libs" "$1/wheel/"
}

compose() {
  if $docker compose version >/dev/null 2>&1; then return; fi
  say "building Compose $compose_version from its source (minutes)"
  local module=github.com/docker/compose/v5
  export GOTOOLCHAIN=local CGO_ENABLED=0
  (cd "$work" && go mod download "$module@$compose_version") # `go install` refuses its go.mod
  rm -rf "$work/compose"
  cp -r "$(go env GOMODCACHE)/$module@$compose_version" "$work/compose"
  chmod -R u+w "$work/compose"
  (cd "$work/compose" && go build -trimpath -p 2 \
    -ldflags "-s -w -X $module/internal.Version=$compose_version" -o "$work/docker-compose" ./cmd)
  rm -rf "$work/compose"
  mkdir -p ~/.docker/cli-plugins
  cp "$work/docker-compose" ~/.docker/cli-plugins/
}

product() {
  pip_configuration >"$work/pip.conf"
  local certificates=${PIP_CERT:-${SSL_CERT_FILE:-/dev/null}}
  $docker build -q -f deploy/Dockerfile -t fairlead:local \
    --secret "id=pip_configuration,src=$work/pip.conf" \
    --secret "id=certificates,src=$certificates" . >/dev/null
  say "fairlead:local is $($docker image inspect -f '{{.Size}}' fairlead:local | numfmt --to=si)B"
}

pip_configuration() { # how pip of this machine reaches its index, without paths of this machine
  echo "[global]"
  python3 -m pip config list 2>/dev/null |
    sed -nE "s/^(:env:|global|install)\.([a-z-]+)='(.*)'$/\2 = \3/p" |
    awk '!/^(cert|find-links|cache-dir) / && !seen[$1]++'
}

main() { # whole before it begins: bash reads a script as it goes
  [ $# -gt 0 ] || set -- engine start images compose product
  for step; do
    case $step in
    engine | start | stop | images | compose | product) "$step" ;;
    *)
      say "no such step: $step"
      exit 2
      ;;
    esac
  done
}

main "$@"
