#!/usr/bin/env bash
# Health check of the broker: requests its API versions (request 18, version 0) and waits for the first four bytes of the
# response. A broker that listens but does not work fails. Kafka's own tools would start a Java machine for every
# check.
set -euo pipefail

exec 3<>"/dev/tcp/localhost/${1:-9092}"
# Length 10, API key 18, version 0, correlation 1, no client name.
printf '\x00\x00\x00\x0a\x00\x12\x00\x00\x00\x00\x00\x01\xff\xff' >&3
[ "$(head -c 4 <&3 | wc -c)" -eq 4 ]
