#!/bin/sh
# Fails at first and passes when it is tried again: compare both attempts in its history.
set -eu
echo "attempt $GKFS_BENCH_ATTEMPT" > "$MNT/log"
test "$GKFS_BENCH_ATTEMPT" -gt 1
