#!/bin/sh
# A line editor: reads all, writes back.
# needs: ed
seq 1 10 >f
printf '%s\n' '3d' '$a' appended . '1s/1/one/' w q | ed -s f
cat f
printf '%s\n' 'r f' 'w new' 'W new' q | ed -s; echo $?
wc -l new
printf '%s\n' a x . 'w missing/x' q Q | ed -s; echo $?
printf 'e missing\nQ\n' | ed -s; echo $?
