#!/bin/sh
# Makes a directory twice. Look at its timeline: the daemon answers EEXIST, and says so.
set -eu
mkdir "$MNT/dir"
mkdir "$MNT/dir"
