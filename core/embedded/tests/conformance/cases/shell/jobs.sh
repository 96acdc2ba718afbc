#!/bin/bash
# Pipelines, background jobs and their statuses.
for i in 1 2 3 4 5 6 7 8; do (echo "$i$i" >"job$i") & done
wait
cat job?
seq 1 1000 | tee copy | wc -l
wc -l <copy
false | true; echo "${PIPESTATUS[@]}"
set -o pipefail; cat missing 2>/dev/null | cat; echo $?
x=$(cat job1; exit 7); echo "$x $?"
sleep 10 & kill $!; wait $!; echo $?
coproc CAT { cat; }
echo through >&${CAT[1]}; read -r line <&${CAT[0]}; echo "$line"
eval "exec ${CAT[1]}>&-"; wait $CAT_PID; echo $?
