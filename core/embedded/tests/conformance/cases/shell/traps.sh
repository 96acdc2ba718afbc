#!/bin/bash
# Signal traps and exit traps that write to the mount.
trap 'echo usr1 >>log' USR1
trap 'echo exit >>log; cat log' EXIT
kill -USR1 $$; kill -USR1 $$
(trap 'echo sub >>log; exit 4' TERM; kill -TERM $BASHPID; echo not reached); echo $?
{ bash -c 'kill -SEGV $$'; } 2>/dev/null; echo $?
bash -c 'trap "" TERM; kill -TERM $$; echo survived'
timeout -s INT 5 bash -c 'trap "echo int; exit 9" INT; kill -INT $$; sleep 1'; echo $?
timeout 0.1 sleep 10; echo $?
timeout 0.1 tail -f log >followed; echo $?; cat followed
{ bash -c 'ulimit -c 0; kill -ABRT $$'; } 2>/dev/null; echo $?
trap 'echo alarm' ALRM; (sleep 0.05; kill -ALRM $$) & wait $!; wait
