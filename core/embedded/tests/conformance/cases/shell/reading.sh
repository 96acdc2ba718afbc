#!/bin/bash
# read seeks back after what it did not use; mapfile, read -n, -d and binary input.
printf 'one\ntwo\nthree\n' >lines
mapfile -t array <lines; echo "${#array[@]} ${array[1]}"
while IFS= read -r line; do echo "[$line]"; done <lines
{ read -r -n 2 start; echo "$start"; cat; } <lines
printf 'a:b:c' | { IFS= read -r -d : x; echo "$x"; }
read -r only <lines; echo "$only"
echo "$(<lines)"
exec 5<>both; echo written >&5; exec 5<&-; cat both
{ head -n 1; head -n 1; } <lines
{ sed -n 1q; cat; } <lines
