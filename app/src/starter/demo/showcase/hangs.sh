#!/bin/sh
# Waits for something that never comes, and is ended at its deadline with everything that it started.
set -eu
echo waiting > "$MNT/state"
exec sleep 1000
