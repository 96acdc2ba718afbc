#!/bin/sh
# Leaves a process behind, which is found, named and ended.
set -eu
# No client of the file system: that would end by itself, with its daemon.
LD_PRELOAD= sleep 1000 &
echo done > "$MNT/state"
