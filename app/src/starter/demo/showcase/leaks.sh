#!/bin/sh
# Leaves a process behind, which is found, named and ended.
set -eu
sleep 1000 &
echo done > "$MNT/state"
