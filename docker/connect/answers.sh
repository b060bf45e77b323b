#!/usr/bin/env bash
# Health check of Kafka Connect: does its REST interface answer? The image need not contain curl for it.
set -euo pipefail

exec 3<>"/dev/tcp/localhost/${1:-8083}"
printf 'GET /connectors HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 5 _ code _ <&3
[ "$code" = 200 ]
