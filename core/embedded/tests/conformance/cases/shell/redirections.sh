#!/bin/sh
# Output, appending, input, read-write and numbered redirections.
echo one >a
echo two >>a
cat <a
echo NEW 1<>a
cat a
{ echo out; echo err >&2; } >both 2>&1
cat both
echo to-three 3>c >&3
cat c
: >a; wc -c <a
ls missing 2>errors; echo "status $?"; wc -l <errors
cat <missing; echo "status $?"
echo x >missing/file; echo "status $?"
echo x >.; echo "status $?"
