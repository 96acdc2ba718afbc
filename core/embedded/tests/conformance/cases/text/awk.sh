#!/bin/sh
# awk reads, writes, appends and pipes.
# needs: awk
seq 1 5000 | awk '{print $1, $1 * $1}' >squares
awk '$1 % 1000 == 0' squares
awk '{s += $2} END {print s}' squares
awk '{print > ("part" $1 % 3)}' squares
wc -l part0 part1 part2
awk 'BEGIN {while ((getline line < "part1") > 0) n++; print n; close("part1"); print "more" >> "part1"}'
wc -l part1
awk 'BEGIN {"cat part2 | wc -l" | getline n; print n + 0; print "x" | "cat >piped"}'
cat piped
awk 'FNR == 1 {print FILENAME}' part0 part1
awk '{print}' missing 2>/dev/null; echo $?
awk 'NR == FNR {a[$1] = $2; next} $1 in a {n++} END {print n}' part2 squares
printf 'print "program from a file" > "/dev/stdout"\n' | sed 's/.*/BEGIN { & }/' >program
awk -f program
awk 'BEGIN {printf "%s", "no newline" > "raw"}'
wc -c raw
