#!/usr/bin/env bash
# The compose file, shown to work: everything comes up, a request goes all the way round, the demo is
# green while Kafka and a worker are killed under it, figures equal their replay, nothing is left.
#
#   deploy/check.sh          needs docker with compose, curl, and the image fairlead:local
#   deploy/check.sh --keep   leaves it running
#
# Without images to pull: deploy/standins.sh first, and `deploy/standins.sh stop` afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."
export COMPOSE_PROJECT_NAME=fairlead-check # its end takes the data along: never somebody's own
folder=$(mktemp -d)
began=$SECONDS
demo=
services="enrollment matching sessions metrics"
ended=(docker compose --profile demo down --volumes --remove-orphans --timeout 20)

say() { printf 'check: %4d s  %s\n' "$((SECONDS - began))" "$*" >&2; }

give_up() {
  say "FAILED: $*"
  docker compose ps --all >&2 || true
  docker compose logs --no-color --tail 15 >&2 || true
  exit 1
}

clean_up() {
  if [ -n "$demo" ]; then kill "$demo" 2>/dev/null || true; fi
  rm -rf "$folder"
  [ "${1:-}" = --keep ] || "${ended[@]}" >/dev/null 2>&1 || true
}

fairlead() { docker compose exec -T enrollment fairlead "$@"; }

killed() { # the process dies, as if for want of memory; the engine starts it anew by its policy
  local container
  container=$(docker compose ps --quiet "$1")
  say "killing $1"
  kill -KILL "$(docker inspect --format '{{.State.Pid}}' "$container")"
}

healthy() { # all of what should run, within so many seconds
  local until=$((SECONDS + $1)) waiting=
  while [ $SECONDS -lt $until ]; do
    waiting=$(docker compose ps --format '{{.Service}} {{.Health}}' | grep -v ' healthy$' || true)
    [ -n "$waiting" ] || return 0
    sleep 1
  done
  give_up "not healthy: $waiting"
}

goes_round() { # a program is made in enrollment, and read from metrics by its token
  local token after
  token=$(fairlead token --as program_manager)
  curl -sS --fail -D "$folder/headers" -o "$folder/made" http://127.0.0.1:8101/v1/programs \
    -H "Authorization: Bearer $token" -H "Idempotency-Key: $1" \
    -H 'Content-Type: application/json' -d "{\"name\": \"$1\"}" || give_up "no program was made"
  after=$(tr -d '\r' <"$folder/headers" | sed -n 's/^consistency-token: //p')
  for _ in $(seq 30); do # metrics says 503 until it has come as far
    if curl -sS -o "$folder/read" http://127.0.0.1:8104/v1/programs \
      -H "Authorization: Bearer $token" -H "Consistency-Token: $after" &&
      grep -q "\"$1\"" "$folder/read"; then
      say "a request went all the way round"
      return
    fi
    sleep 1
  done
  give_up "metrics never heard of $1: $(cat "$folder/read")"
}

caught_up() { # within so many seconds, no consumer is behind and nothing is parked
  local until=$((SECONDS + $1))
  while fairlead lag --json | grep -E '"behind": [1-9]' >"$folder/behind"; do
    [ $SECONDS -lt $until ] || give_up "consumers are behind: $(cat "$folder/behind")"
    sleep 1
  done
  [ "$(fairlead parked list --json | tr -d '[:space:]')" = "[]" ] || give_up "something is parked"
  say "no consumer is behind, nothing is parked"
}

in_the_middle() { # people have applied, and pairs are being made
  until [ "$(in_matching 'SELECT coalesce(sum(number), 0) > 1500 FROM log.slot_heads')" = t ]; do
    kill -0 $demo 2>/dev/null || give_up "the demo ended early: $(tail -20 "$folder/demo")"
    sleep 1
  done
}

in_matching() {
  docker compose exec -T postgres \
    psql --host=/var/run/postgresql --username=postgres fairlead_matching -Atc "$1"
}

main() {
  trap 'clean_up "$@"' EXIT
  docker image inspect fairlead:local >/dev/null 2>&1 || give_up "build the image first"
  say "starting"
  docker compose up --detach --wait --wait-timeout 600 >"$folder/up" 2>&1 ||
    give_up "$(tail -5 "$folder/up")"
  say "all of it is up and healthy"
  goes_round "Before"

  say "the demo plays against it"
  docker compose run --rm --no-deps -T demo >"$folder/demo" 2>&1 &
  demo=$!
  in_the_middle
  killed kafka
  killed matching-worker
  sleep 5
  killed sessions-worker
  healthy 300
  say "all of it is healthy again"
  wait $demo || give_up "the demo: $(tail -30 "$folder/demo")"
  demo=
  say "the demo is green"
  cat "$folder/demo"

  caught_up 120
  fairlead rebuild --check >"$folder/replayed" || give_up "$(cat "$folder/replayed")"
  say "every read table equals its replay"
  docker compose run --rm --no-deps -T doctor >"$folder/doctor" 2>&1 || give_up "$(cat "$folder/doctor")"
  say "the doctor finds nothing wrong"
  killed kafka
  killed enrollment
  healthy 300
  goes_round "After"
  for service in $services; do
    docker compose stop --timeout 20 "$service" >/dev/null 2>&1
    [ "$(docker inspect -f '{{.State.ExitCode}}' "$(docker compose ps -aq "$service")")" = 0 ] ||
      give_up "$service did not end in order"
  done
  say "told to, each ended in order"
  if [ "${1:-}" != --keep ]; then "${ended[@]}" >/dev/null 2>&1; fi
  say "done"
}

main "$@"
