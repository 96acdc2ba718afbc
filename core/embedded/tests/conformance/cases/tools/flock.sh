#!/bin/bash
# Advisory locks on an open file description.
# needs: flock
echo data >f
flock f cat f
exec 3>lock
flock -n 3; echo $?
(flock -n 3; echo "same description $?")
flock -u 3
flock -s 3; echo $?
flock -x 3; echo $?
exec 3>&-
flock lock -c 'echo in shell'
flock -n lock true; echo $?
flock missing/x true 2>/dev/null; echo $?
flock . -c 'echo directory'; echo $?
